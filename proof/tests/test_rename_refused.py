"""`make rename` changes no file if it is refused; an interrupted rename is reported and can be reverted."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.checkout import git
from harness.renaming import IDENTIFIER, PRODUCT, rename_app, run_rename
from scripts.app_names import NameRefusedError, Names, read_names
from scripts.rename.__main__ import changed_texts


def test_repeated_rename_succeeds_without_changes_in_a_dirty_tree(checkout: Path) -> None:
    rename_app(checkout, PRODUCT, IDENTIFIER)
    before = git(checkout, "diff")
    assert "Nothing to do" in rename_app(checkout, PRODUCT, IDENTIFIER)
    assert git(checkout, "diff") == before


def test_dry_run_prints_the_same_plan_and_writes_nothing(checkout: Path) -> None:
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--dry-run")
    assert done.returncode == 0
    assert "Would change:\n" in done.stdout
    assert git(checkout, "status", "--porcelain") == ""
    assert done.stdout.replace("Would change", "Changed") == rename_app(checkout, PRODUCT, IDENTIFIER)


RUN_AND_KILL = """
import os, runpy, signal, sys
checkout, count = sys.argv[1], int(sys.argv[2])
sync, done = os.fsync, []
def fsync(handle):
    done.append(handle)
    if len(done) == count:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    sync(handle)
os.fsync = fsync
sys.argv = ["run.py", "scripts.rename", *sys.argv[3:]]
runpy.run_path(f"{checkout}/scripts/run.py", run_name="__main__")
"""


def test_rename_killed_at_any_file_is_reported_unfinished_and_can_be_reverted(checkout: Path) -> None:
    arguments = ("--name", PRODUCT, "--id", IDENTIFIER)
    count = len(changed_texts(checkout, read_names(checkout), Names(PRODUCT, IDENTIFIER, "zaune-tore")))
    assert count > 5
    for number in range(1, count + 1):
        command = [sys.executable, "-B", "-c", RUN_AND_KILL, str(checkout), str(number), *arguments]
        killed = subprocess.run(command, capture_output=True, text=True, check=False)
        assert killed.returncode not in (0, 1), killed.stderr
        temporary_files = re.findall(r"^\?\? (.*\.new)$", git(checkout, "status", "--porcelain"), re.MULTILINE)
        assert len(temporary_files) == 1, number

        again = run_rename(checkout, *arguments)
        if number == 1:
            assert again.returncode == 0, "the only change is the temporary file of the killed run"
            git(checkout, "reset", "-q", "--hard")
        else:
            assert (again.returncode, "git restore ." in again.stderr) == (1, True), (
                number,
                again.stdout,
                again.stderr,
            )
            assert not (checkout / temporary_files[0]).exists()
            git(checkout, "restore", ".")
        assert git(checkout, "status", "--porcelain") == "", number

    subprocess.run(command, capture_output=True, check=False)
    git(checkout, "restore", ".")
    assert git(checkout, "status", "--porcelain") != "", "the temporary file, which the next run removes"
    rename_app(checkout, PRODUCT, IDENTIFIER)
    assert read_names(checkout).product == PRODUCT
    assert list(checkout.rglob(".*.new")) == []


@pytest.mark.parametrize("untracked", [True, False])
def test_rename_refuses_a_dirty_tree(checkout: Path, untracked: bool) -> None:
    name = "notes.txt" if untracked else "README.md"
    with (checkout / name).open("a") as file:
        file.write("an edit\n")
    before = git(checkout, "status", "--porcelain")
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Commit them" in done.stderr
    assert git(checkout, "status", "--porcelain") == before


def test_folder_without_git_is_refused_with_the_command_that_creates_a_checkout(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, GIT_CEILING_DIRECTORIES=str(checkout.parent))
    assert done.returncode == 1
    assert "git init" in done.stderr
    assert read_names(checkout) == read_names(ROOT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /usr/bin")
def test_rename_refuses_a_program_name_of_another_package(checkout: Path) -> None:
    system_program = next(
        path for path in sorted(Path("/usr/bin").iterdir()) if re.fullmatch(r"[a-z][a-z0-9]+-[a-z]{3,}", path.name)
    )
    done = run_rename(checkout, "--name", system_program.name, "--id", IDENTIFIER)
    assert (done.returncode, "belongs to another package" in done.stderr) == (1, True), done.stdout
    assert git(checkout, "status", "--porcelain") == ""


def test_rename_stops_when_an_expected_name_is_missing(checkout: Path) -> None:
    crate = checkout / "src-tauri" / "Cargo.lock"
    old = read_names(checkout)
    crate.write_text(crate.read_text("utf-8").replace(f'name = "{old.program}"', 'name = "other"'), "utf-8")
    with pytest.raises(NameRefusedError, match=r"Cargo\.lock"):
        changed_texts(checkout, old, Names(PRODUCT, IDENTIFIER, "other-name"))


def test_rename_reports_a_manually_changed_name_and_changes_nothing(checkout: Path) -> None:
    config = checkout / "python-backend" / "app" / "core" / "settings.py"
    old = read_names(checkout)
    config.write_text(config.read_text("utf-8").replace(f'"{old.product}"', '"Manual"'), "utf-8")
    git(checkout, "commit", "-q", "-a", "-m", "Manual change")
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER)
    assert (done.returncode, done.stdout) == (1, "")
    assert f'PROJECT_NAME "{old.product}" in python-backend/app/core/settings.py' in done.stderr
    assert git(checkout, "status", "--porcelain") == ""


def test_dry_run_in_a_dirty_tree_reports_that_rename_would_be_refused(checkout: Path) -> None:
    (checkout / "notes.txt").write_text("an edit\n")
    done = run_rename(checkout, "--name", PRODUCT, "--id", IDENTIFIER, "--dry-run")
    assert done.returncode == 0
    assert "Without --dry-run the command would be refused: There are uncommitted changes" in done.stdout
