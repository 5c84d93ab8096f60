"""The tests run on the bundled interpreter and import nothing from the system Python."""

import inspect
import sys
from importlib.metadata import version
from pathlib import Path

import fastapi
import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNTIMES = ROOT / "build" / "runtime"
PROJECT_FOLDERS = (
    RUNTIMES,
    ROOT / "build" / "dev-site-packages",
    ROOT / "python-backend",
    ROOT / "scripts",
    ROOT / "harness",
)


def test_interpreter_is_in_the_staged_tree() -> None:
    for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable, fastapi.__file__):
        assert Path(path).resolve().is_relative_to(RUNTIMES), path


@pytest.mark.desktop
def test_sys_path_has_only_folders_of_the_project() -> None:
    folders = {Path(path).resolve() for path in sys.path} - {ROOT}  # pytest adds ROOT, for e2e and runtime
    assert [
        folder for folder in folders if not any(folder.is_relative_to(allowed) for allowed in PROJECT_FOLDERS)
    ] == []
    assert sys.flags.isolated == 1


def test_modules_are_not_frozen() -> None:
    assert "class FastAPI" in inspect.getsource(fastapi.FastAPI)
    assert version("fastapi") == fastapi.__version__
