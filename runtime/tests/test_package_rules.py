"""Rules for packages in pyproject.toml, `[tool.python-backend]`; runtime/ contains no package name."""

import re
from pathlib import Path

import pytest

from runtime.app_source import AppSource, PackageRules
from runtime.build.bytecode import bytecode_exclusion_pattern, compile_bytecode
from runtime.build.slim import slim_packages
from runtime.errors import InputMissingError
from runtime.project import Project
from runtime.targets import host_target, interpreter_in

REPO = Path(__file__).resolve().parents[2]


def test_runtime_names_no_package_of_the_app() -> None:
    required = re.findall(r"(?m)^([A-Za-z0-9-]+)", (REPO / "requirements.in").read_text("utf-8"))
    assert len(required) > 5
    for path in (REPO / "runtime").rglob("*.py"):
        if "tests" not in path.relative_to(REPO / "runtime").parts:
            text = path.read_text("utf-8").lower()
            assert [name for name in required if re.search(rf"\b{name.replace('-', '[-_]')}\b", text)] == [], path


def test_excluded_files_and_folders_are_removed(tmp_path: Path) -> None:
    nested = ("other/tests/a.py", "other/tests/sub/tests/b.py")
    for name in ("dist/core.py", "dist/testing/data.txt", "dist/a/provision.py", "other/testing.py", *nested):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    slim_packages(tmp_path, host_target(), ("dist/testing", "dist/*/provision.py", "missing/*", "**/tests"))
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()) == [
        "dist/core.py",
        "other/testing.py",
    ]


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_folders_without_bytecode_match_complete_names(separator: str) -> None:
    pattern = bytecode_exclusion_pattern(PackageRules(without_bytecode=("dns", "a+b/c")))

    def skipped(path: str) -> bool:
        return re.search(pattern, path.replace("/", separator)) is not None

    assert skipped("/tree/site-packages/dns/name.py")
    assert skipped("/tree/site-packages/a+b/c/name.py")
    assert not skipped("/tree/site-packages/dnspython/name.py")
    assert not skipped("/tree/site-packages/aab/c/name.py")
    assert not skipped("/tree/site-packages/x/dns/name.py")
    assert re.search(bytecode_exclusion_pattern(PackageRules()), "/tree/site-packages/dns/name.py") is None


def test_modules_that_parse_docstrings_retain_them(tmp_path: Path) -> None:
    for name in ("site-packages/parsed/events.py", "site-packages/parsed/other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('"""A docstring."""\n', "utf-8")
    interpreter = interpreter_in(Project.at(REPO).tree(host_target()), host_target())
    rules = PackageRules(keep_docstrings=("parsed/events.py", "never/*.py"))
    compile_bytecode(interpreter, tmp_path, [tmp_path / "site-packages"], rules)
    dist = {path.name.split(".")[0]: b"A docstring." in path.read_bytes() for path in tmp_path.rglob("*.pyc")}
    assert dist == {"events": True, "other": False}


def test_table_without_rules_is_valid(tmp_path: Path) -> None:
    table = '[tool.python-backend]\nsource = "."\npackages = ["main.py"]\nmodule = "main"\n'
    (tmp_path / "pyproject.toml").write_text(table, "utf-8")
    assert AppSource.read(tmp_path).rules == PackageRules()
    (tmp_path / "pyproject.toml").write_text(f"{table}exclude = 1\n", "utf-8")
    with pytest.raises(InputMissingError, match=r"tool\.python-backend"):
        AppSource.read(tmp_path)


@pytest.mark.parametrize("key", ["startup-modules", "preload"])
def test_startup_modules_have_an_old_key(tmp_path: Path, key: str) -> None:
    table = f'[tool.python-backend]\nsource = "."\npackages = ["main.py"]\nmodule = "main"\n{key} = ["main"]\n'
    (tmp_path / "pyproject.toml").write_text(table, "utf-8")
    assert AppSource.read(tmp_path).startup_modules == ("main",)
