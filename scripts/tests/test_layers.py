"""Import layers outside the backend: runtime < harness < scripts < proof, and harness < e2e.

The runtime's tests may import harness and scripts.
"""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from harness.app import IDENTIFIER, PRODUCT, PROGRAM, ROOT
from harness.checkout import project_files
from scripts.engine.parts import read_parts

MAY_IMPORT = {
    "runtime": set[str](),
    "harness": {"runtime"},
    "scripts": {"runtime", "harness"},
    "e2e": {"runtime", "harness"},
    "proof": {"runtime", "harness", "scripts"},
}
"""Folders that each folder may import in addition to itself."""

MAX_FILES_PER_FOLDER = 26
PYTHON_FILES = [name for name in project_files() if name.endswith(".py") and name.partition("/")[0] in MAY_IMPORT]


def imported_folders(path: Path) -> set[str]:
    """Top-level names that a file imports, in functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("name", PYTHON_FILES)
def test_file_imports_only_folders_below_it(name: str) -> None:
    folder = name.partition("/")[0]
    allowed = {folder, *MAY_IMPORT[folder]}
    if name.startswith("runtime/tests/"):
        allowed |= {"harness", "scripts"}  # they test scripts.release with the runtime
    assert (imported_folders(ROOT / name) & MAY_IMPORT.keys()) - allowed == set()


@pytest.mark.parametrize("part", ["commands", "harness", "scripts"])
def test_engine_part_has_no_name_of_the_app(part: str) -> None:
    names = re.compile("|".join(map(re.escape, (PRODUCT, IDENTIFIER, PROGRAM))))
    files = read_parts(ROOT)[part].files(ROOT)
    assert len(files) > 10
    assert [name for name in files if names.search((ROOT / name).read_text("utf-8"))] == []


def test_only_the_launcher_changes_sys_path() -> None:
    changes = re.compile(r"(?m)^\s*sys\.path(\[|\.(insert|append|extend|remove)| \+?=)")
    modules = {name for name in PYTHON_FILES if changes.search((ROOT / name).read_text("utf-8"))}
    assert {name for name in modules if "/tests/" not in name} - {
        "harness/unfrozen_probes/__main__.py",  # run as a folder, from a tree without this project
        "harness/unfrozen_probes/suite.py",
    } == {"scripts/run.py"}


def test_imports_are_at_the_top_of_each_file() -> None:
    exception = "# noqa: " + "E402"
    assert [name for name in PYTHON_FILES if exception in (ROOT / name).read_text("utf-8")] == []


def test_each_folder_has_few_files() -> None:
    sizes = Counter(Path(name).parent for name in PYTHON_FILES)
    assert {
        str(folder): size for folder, size in sizes.items() if size > MAX_FILES_PER_FOLDER and folder.name != "tests"
    } == {}


def test_app_files_in_engine_folders_exist() -> None:
    """A stale name in `keep` lets an upgrade replace the app's file. A stale name in `only` excludes an engine file."""
    named = [Path(part.path, name) for part in read_parts(ROOT).values() for name in (*part.keep, *part.only)]
    assert [str(path) for path in named if not (ROOT / path).exists()] == []
    assert len(named) > 5
