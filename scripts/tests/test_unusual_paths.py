"""The project in a folder with special characters in its path, and with misleading environment variables."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.checkout import copy_project, link_build_outputs
from scripts.setup import cargo

UNUSUAL_NAME = 'two words\'q "d" (a) $x & $(b) #1 ü 日本'
MISLEADING_VARIABLES = {
    "PYTHON": "no-such-python",
    "ARGS": "--no-such-argument",
    "PYTHONUTF8": "0",
    "PYTHONIOENCODING": "ascii",
    "PYTHONSAFEPATH": "1",
    "PYTHONWARNINGS": "error",
    "PYTHONHASHSEED": "0",
    "LC_ALL": "C",
    "TERM": "dumb",
    "MAKEFLAGS": "-j8 -k",
    "PYTEST_ADDOPTS": "--no-such-option",
    "PIP_TARGET": "/nowhere",
    "UV_TARGET": "/nowhere",
    "NODE_ENV": "production",
    "NODE_OPTIONS": "--require=/nowhere.js",
    "BUN_OPTIONS": "--no-such-option",
    "CARGO_TARGET_DIR": "/nowhere",
    "RUSTFLAGS": "--no-such-flag",
    "GIT_DIR": "/nowhere",
}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no make and does not allow such names")


@pytest.fixture(scope="module")
def unusual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in a folder with that name, with build outputs."""
    project = copy_project(tmp_path_factory.mktemp("unusual") / UNUSUAL_NAME / "app")
    link_build_outputs(project)
    return project


@pytest.fixture
def misleading(tmp_path: Path) -> dict[str, str]:
    """Environment variables that would break tools, and a TMPDIR with special characters."""
    for name in ("frontend", "python-backend"):
        (tmp_path / "cd" / name).mkdir(parents=True)
    (tmp_path / "sh").write_text("echo from a startup file; exit 9\n")
    (tmp_path / UNUSUAL_NAME).mkdir()
    shell = {"CDPATH": str(tmp_path / "cd"), "ENV": str(tmp_path / "sh"), "BASH_ENV": str(tmp_path / "sh")}
    return {**os.environ, **MISLEADING_VARIABLES, **shell, "TMPDIR": str(tmp_path / UNUSUAL_NAME)}


def make(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run make and return its output. Fails for output that is not UTF-8."""
    done = subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    output = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, output
    assert "Traceback" not in output
    return output


def targets() -> list[str]:
    texts = [path.read_text("utf-8") for path in (ROOT / "Makefile", *ROOT.glob("proof/Makefile"))]
    phony = " ".join(text.partition(".PHONY:")[2].partition("\n\n")[0] for text in texts)
    return [*phony.replace("\\\n", " ").split(), "frontend/node_modules/.installed", "frontend/dist/index.html"]


@pytest.mark.parametrize("target", targets())
def test_make_recipes_use_no_absolute_checkout_path(unusual: Path, misleading: dict[str, str], target: str) -> None:
    recipe = make(unusual, misleading, "-n", target)
    assert str(unusual) not in recipe
    assert str(ROOT) not in recipe
    assert re.findall(r"(?m)(?:^|[;&|(]\s*)cd\s", recipe) == []


def test_make_targets_work_in_an_unusual_path_with_user_variables_set(
    unusual: Path, misleading: dict[str, str]
) -> None:
    assert "make run" in make(unusual, misleading, "help")
    report = json.loads(make(unusual, misleading, "doctor", "ARGS=--json"))
    assert report["runtime"]["state"] == "staged"
    assert report["runtime"]["tree"].startswith(str(unusual))
    assert "app" in make(unusual, misleading, "doctor")
    assert ascii(UNUSUAL_NAME)[1:-1].replace("\\'", "'") in make(unusual, misleading, "build-backend")
    assert "pytest" in make(unusual, misleading, "test-backend", "ARGS=--version")


def test_data_dir_of_hot_commands_is_passed_unchanged(unusual: Path, misleading: dict[str, str]) -> None:
    data_dir = unusual / "data"
    for command, variables in (([f"DATA_DIR={data_dir}"], {}), ([], {"DATA_DIR": str(data_dir)})):
        done = subprocess.run(
            ["make", "hot-status", *command],
            cwd=unusual,
            env=misleading | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert f"No debug build has run on {data_dir} yet" in done.stderr


def test_page_built_in_an_unusual_path_has_the_same_styles(unusual: Path, misleading: dict[str, str]) -> None:
    (unusual / "build").unlink()  # it contains the stamp of this checkout's UI
    (unusual / "build").mkdir()
    for entry in (ROOT / "build").iterdir():
        if entry.name != "page.sha256":
            (unusual / "build" / entry.name).symlink_to(entry)
    make(unusual, misleading, "frontend/dist/index.html")
    copied, original = (
        {path.name for path in (root / "frontend/dist/assets").glob("*.css")} for root in (unusual, ROOT)
    )
    assert copied == original
    assert (unusual / "frontend" / "dist" / "index.html").is_file()


def test_cargo_target_dir_ignores_user_configuration(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    config = tmp_path / ".cargo" / "config.toml"
    config.write_text('[build]\ntarget-dir = "/nowhere"\nrustflags = ["--no-such-flag"]\nrustc-wrapper = "/nowhere"\n')
    command = ["cargo", "metadata", "--offline", "--no-deps", "--format-version=1", "--manifest-path"]
    manifest = str(ROOT / "src-tauri" / "Cargo.toml")
    done = subprocess.run(
        [*command, manifest], cwd=tmp_path, env=cargo.environment(), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["target_directory"] == str(ROOT / "src-tauri" / "target")
    assert cargo.conflicting_target(tmp_path, {"CARGO_HOME": str(tmp_path / "none")}) is None


@pytest.mark.parametrize("place", ["above", "home"])
def test_cargo_configuration_for_another_target_is_reported(tmp_path: Path, place: str) -> None:
    inside = tmp_path / "above" / "app"
    config = tmp_path / "above" / ".cargo" / "config.toml" if place == "above" else tmp_path / "home" / "config.toml"
    inside.mkdir(parents=True)
    config.parent.mkdir()
    config.write_text('[build]\ntarget = "wasm32-unknown-unknown"\n')
    problem = cargo.conflicting_target(inside, {"CARGO_HOME": str(tmp_path / "home")})
    assert problem
    assert str(config) in problem
    assert "wasm32-unknown-unknown" in problem


def test_every_program_applies_the_tool_environment() -> None:
    run_by_bundled_python = {
        "scripts/dev/backend.py",
        "proof/bench_items/__main__.py",
        "scripts/dev/data.py",
        "scripts/codegen/migration.py",
        "scripts/platforms/pytest_under_wine.py",
        "scripts/testing/vocabulary.py",
    }
    not_tools = {"proof/bench/plain_app.py", "proof/frozen_entry.py", "scripts/codegen/openapi.py", "scripts/run.py"}
    programs = {
        path.relative_to(ROOT).as_posix(): "apply_tool_environment()" in path.read_text("utf-8")
        for folder in ("scripts", "proof")
        for path in (ROOT / folder).rglob("*.py")
        if "tests" not in path.parts and '__name__ == "__main__"' in path.read_text("utf-8")
    }
    assert len(programs) > 20
    expected = {name for name in run_by_bundled_python | not_tools if (ROOT / name).is_file()}
    assert {name for name, applies in programs.items() if not applies} == expected


def test_ci_runs_the_readme_test_command_with_user_variables_set(
    unusual: Path, misleading: dict[str, str], tmp_path: Path
) -> None:
    fake = tmp_path / "bin" / "make"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "$PWD: $*: ${MAKEFLAGS-unset}"\n')
    fake.chmod(0o755)
    environment = misleading | {"PATH": f"{fake.parent}:{os.environ['PATH']}"}
    for folder, run in ((unusual, ".ci/run"), (unusual / ".ci", "./run"), (tmp_path, str(unusual / ".ci" / "run"))):
        done = subprocess.run([run], cwd=folder, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == f"{unusual}: test: unset\n"
    assert "\nmake test " in (ROOT / "README.md").read_text("utf-8")
