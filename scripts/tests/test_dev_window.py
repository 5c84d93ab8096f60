"""`make dev` builds the shell only when one of its files has changed, and exits if the dev server's port is in use."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from scripts.dev import window
from scripts.dev.window import Shell


class Builds:
    """A fake cargo that counts builds and writes a program."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.count = 0
        self.succeed = True

    def __call__(self) -> bool:
        self.count += 1
        if self.succeed:
            program = self.root / "src-tauri" / "target" / "debug" / "my-app"
            program.parent.mkdir(parents=True, exist_ok=True)
            program.unlink(missing_ok=True)
            program.write_text(f"built {self.count}")
        return self.succeed


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    for name in ("src-tauri/src/lib.rs", "src-tauri/icons/icon.png", "frontend/package.json", "frontend/src/main.tsx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("original")
    return Builds(tmp_path)


@pytest.fixture
def shell(tmp_path: Path, builds: Builds) -> Shell:
    return Shell(tmp_path, "my-app", builds)


def test_unchanged_shell_is_built_once(shell: Shell, builds: Builds, tmp_path: Path) -> None:
    assert shell.build_if_changed()
    assert shell.build_if_changed()
    (tmp_path / "frontend" / "src" / "main.tsx").write_text("edited")
    (tmp_path / "src-tauri" / "target" / "debug" / "other").write_text("cargo's")
    assert shell.build_if_changed()
    assert builds.count == 1


@pytest.mark.parametrize("change", ["src-tauri/src/lib.rs", "src-tauri/icons/icon.png", "frontend/package.json"])
def test_changed_file_triggers_a_build(shell: Shell, builds: Builds, tmp_path: Path, change: str) -> None:
    assert shell.build_if_changed()
    (tmp_path / change).write_text("changed")
    assert not shell.is_current()
    assert shell.build_if_changed()
    assert builds.count == 2
    assert shell.program.read_text() == "built 2"


def test_new_or_deleted_file_triggers_a_build(shell: Shell, builds: Builds, tmp_path: Path) -> None:
    assert shell.build_if_changed()
    (new := tmp_path / "src-tauri" / "src" / "new.rs").write_text("")
    assert shell.build_if_changed()
    new.unlink()
    assert shell.build_if_changed()
    assert builds.count == 3


def test_failed_build_preserves_the_program_and_is_retried(shell: Shell, builds: Builds, tmp_path: Path) -> None:
    assert shell.build_if_changed()
    (tmp_path / "src-tauri" / "src" / "lib.rs").write_text("fn main(")
    builds.succeed = False
    assert not shell.build_if_changed()
    assert shell.program.read_text() == "built 1"
    builds.succeed = True
    assert shell.build_if_changed()
    assert shell.program.read_text() == "built 3"


def test_other_build_with_the_same_name_changes_nothing(shell: Shell, builds: Builds) -> None:
    assert shell.build_if_changed()
    builds()  # as make run, with other features
    assert shell.build_if_changed()
    assert shell.program.read_text() == "built 1"


def test_dev_server_is_not_started_on_the_port_of_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(window, "ui_address", other.getsockname)
        monkeypatch.setattr(window, "start_ui", lambda: pytest.fail("the dev server was started"))
        assert window.main() == 1
    assert "Is another make dev running?" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no make")
def test_data_dir_of_another_app_is_not_watched() -> None:
    """The shell opens the window on the debug build's data dir."""
    make = ["make", "-n", "-C", str(ROOT), "dev", "DATA_DIR=/elsewhere"]
    recipes = subprocess.run(make, capture_output=True, text=True, check=True).stdout
    assert "-m scripts.dev" in recipes
    assert "--data-dir" not in recipes
