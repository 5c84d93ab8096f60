"""What a user sees: no traceback, exit status 1, and what to do next."""

from pathlib import Path

import pytest

from runtime.cli import main
from runtime.project import Project
from runtime.targets import host_target, interpreter_in
from runtime.tests.conftest import LIGHT_TOOLS, REPO, Bench


def test_an_error_is_one_message_and_status_1(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stage", "--archive", "nothing.tar.gz"], bench.project) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: The archive ")
    assert "Traceback" not in said


def test_the_archive_can_be_named_by_the_environment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.staging(tools=LIGHT_TOOLS).run()
    monkeypatch.setenv("RUNTIME_ARCHIVE", str(bench.archive))
    monkeypatch.setenv("RUNTIME_CACHE_DIR", str(bench.cache))
    assert main(["stage"], bench.project) == 0
    assert "local archive): up to date" in capsys.readouterr().out
    monkeypatch.setenv("RUNTIME_ARCHIVE", str(bench.cache / "other.tar.gz"))
    assert main(["stage"], bench.project) == 1


def test_the_interpreters_path_is_all_that_path_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path"]) == 0
    printed = capsys.readouterr().out
    assert printed == f"{interpreter_in(Project.at(REPO).tree(host_target()), host_target())}\n"


def test_verify_of_a_damaged_copy_names_the_file(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.staging().run()
    assert main(["verify", "--tree", str(bench.tree)], bench.project) == 0
    (bench.tree / "python/lib/python3.13/os.py").write_text("x", encoding="utf-8")
    assert main(["verify", "--tree", str(bench.tree)], bench.project) == 1
    assert "damaged: python/lib/python3.13/os.py" in capsys.readouterr().err


def test_a_sha256_without_an_archive_is_a_mistake(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stage", "--sha256", "0" * 64], bench.project) == 1
    assert "RUNTIME_ARCHIVE" in capsys.readouterr().err


def test_an_unwritable_build_folder_is_no_traceback(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.project.build_dir.write_text("a file in the way", encoding="utf-8")
    assert main(["stage", "--archive", str(bench.archive)], bench.project) == 1
    assert "error: the system refused" in capsys.readouterr().err


def test_the_tools_are_told_to_wait_for_a_runtime(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.project.dev_lock_file.write_text("uv==1\n", encoding="utf-8")
    assert main(["dev-tools"], bench.project) == 1
    assert "python3 -m runtime stage" in capsys.readouterr().err
