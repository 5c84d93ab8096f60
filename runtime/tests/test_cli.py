"""What a user sees: no traceback, a status that tells the kinds of failure apart, and what to do next."""

import argparse
import json
from pathlib import Path

import pytest

from runtime.cli import EXIT_STATUSES, main, parser
from runtime.commands import COMMANDS
from runtime.errors import RuntimeStagingError
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
    (bench.tree / "python/lib/python3.14/os.py").write_text("x", encoding="utf-8")
    assert main(["verify", "--tree", str(bench.tree)], bench.project) == 4
    assert "damaged: python/lib/python3.14/os.py" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["verify", "info", "natives", "sbom"])
def test_a_tree_that_is_not_there_is_status_4(
    command: str, bench: Bench, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([command, "--tree", str(tmp_path / "nowhere")], bench.project) == 4
    assert "nowhere" in capsys.readouterr().err


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


def test_a_wrong_command_line_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["stge"], ["stage", "--target", "riscv64"], []):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)


def subparsers() -> dict[str, argparse.ArgumentParser]:
    (action,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


def test_every_command_is_there_has_json_and_is_documented() -> None:
    page = (REPO / "docs" / "runtime.md").read_text(encoding="utf-8")
    assert subparsers().keys() == COMMANDS.keys()
    for name, sub in subparsers().items():
        assert "--json" in sub.format_help()
        assert f"| `{name}" in page, name


def test_every_exit_status_is_in_the_help() -> None:
    statuses = {kind.exit_status for kind in RuntimeStagingError.__subclasses__()}
    assert {f"  {status}    " in EXIT_STATUSES for status in statuses | {0, 2}} == {True}


def test_a_program_reads_one_object_on_stdout(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["stage", "--json", "--archive", str(bench.archive), "--source", "archive"]
    bench.staging().run()
    assert main(arguments[:4], bench.project) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["outcome"], told["stamp"]["provenance"]) == (True, "nothing", "local archive")
    for command in (["verify"], ["info"], ["natives"], ["path"]):
        assert main([*command, "--json"], bench.project) == 0
        assert json.loads(capsys.readouterr().out)["ok"] is True


def test_a_program_reads_what_went_wrong(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"], bench.project) == 4
    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"]["code"] == "tree_damaged"
    assert "python3 -m runtime stage" in printed.err


def test_info_tells_the_digest_and_the_longest_path(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.staging().run()
    assert main(["info", "--json", "--sizes", "--level", "1"], bench.project) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tree_sha256"] == json.loads((bench.tree / "stamp.json").read_text(encoding="utf-8"))["manifest_sha256"]
    assert told["longest_path"] == "python/lib/python3.14/site-packages/packed_bytecode.bin"
    assert told["files"] == len([path for path in bench.tree.rglob("*") if path.is_file()])
    (whole, *rest) = told["sizes"]
    assert whole["disk_bytes"] == told["disk_bytes"] == sum(part["disk_bytes"] for part in rest)
    assert main(["info"], bench.project) == 0
    assert told["tree_sha256"] in capsys.readouterr().out


def test_sizes_list_the_largest_files_with_their_parts(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.staging().run()
    largest = bench.tree / "site-packages/dist/__init__.py"
    largest.write_text("x" * 100_000, encoding="utf-8")
    assert main(["info", "--json", "--sizes", "--level", "1", "--files", "3"], bench.project) == 0
    first, *rest = json.loads(capsys.readouterr().out)["largest_files"]
    compressed = first.pop("compressed_bytes")
    assert compressed is None or 0 < compressed < 1000
    assert first == {"name": "site-packages/dist/__init__.py", "part": "(no package)", "disk_bytes": 100_000}
    assert len(rest) == 2
    assert main(["info", "--sizes", "--files", "1"], bench.project) == 0
    assert capsys.readouterr().out.endswith("  site-packages/dist/__init__.py\n")


def test_clean_removes_what_was_staged_and_nothing_else(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.staging().run()
    other = bench.project.build_dir / "bundle.conf.json"
    other.write_text("{}", encoding="utf-8")
    assert main(["clean", "--target", host_target()], bench.project) == 0
    assert not bench.tree.exists()
    assert str(bench.tree) in capsys.readouterr().out
    bench.staging().run()
    assert main(["clean"], bench.project) == 0
    assert not bench.project.trees.exists()
    assert other.is_file()
    assert bench.archive.is_file()
    capsys.readouterr()
    assert main(["clean"], bench.project) == 0
    assert capsys.readouterr().out == "nothing to remove\n"
