"""The command line prints no traceback, exits with a specific status and names the next step."""

import argparse
import json
from pathlib import Path

import pytest

from runtime.cli import EXIT_STATUSES, main, parser
from runtime.commands import COMMANDS
from runtime.errors import RuntimeStagingError
from runtime.project import Project
from runtime.targets import host_target, interpreter_in
from runtime.tests.conftest import REPO, STUB_TOOLS, StagingProject


def test_error_is_one_message_and_status_1(staging_project: StagingProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stage", "--archive", "nothing.tar.gz"], staging_project.project) == 1
    error_output = capsys.readouterr().err
    assert error_output.startswith("error: The archive ")
    assert "Traceback" not in error_output


def test_environment_variable_selects_the_archive(
    staging_project: StagingProject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.staging(tools=STUB_TOOLS).run()
    monkeypatch.setenv("RUNTIME_ARCHIVE", str(staging_project.archive))
    monkeypatch.setenv("RUNTIME_CACHE_DIR", str(staging_project.cache))
    assert main(["stage"], staging_project.project) == 0
    assert "local archive): up to date" in capsys.readouterr().out
    monkeypatch.setenv("RUNTIME_ARCHIVE", str(staging_project.cache / "other.tar.gz"))
    assert main(["stage"], staging_project.project) == 1


def test_path_prints_only_the_interpreter_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path"]) == 0
    printed = capsys.readouterr().out
    assert printed == f"{interpreter_in(Project.at(REPO).tree(host_target()), host_target())}\n"


def test_verify_of_a_damaged_copy_names_the_file(
    staging_project: StagingProject, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.staging().run()
    assert main(["verify", "--tree", str(staging_project.tree)], staging_project.project) == 0
    (staging_project.tree / "python/lib/python3.14/os.py").write_text("x", encoding="utf-8")
    assert main(["verify", "--tree", str(staging_project.tree)], staging_project.project) == 4
    assert "damaged: python/lib/python3.14/os.py" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["verify", "info", "natives", "sbom"])
def test_missing_tree_exits_with_status_4(
    command: str, staging_project: StagingProject, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([command, "--tree", str(tmp_path / "nowhere")], staging_project.project) == 4
    assert "nowhere" in capsys.readouterr().err
    assert main(["path"], staging_project.project) == 4


def test_sha256_without_archive_is_refused(staging_project: StagingProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stage", "--sha256", "0" * 64], staging_project.project) == 1
    assert "RUNTIME_ARCHIVE" in capsys.readouterr().err


def test_unwritable_build_folder_is_reported_without_traceback(
    staging_project: StagingProject, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.project.build_dir.write_text("a file in the way", encoding="utf-8")
    assert main(["stage", "--archive", str(staging_project.archive)], staging_project.project) == 1
    assert "error: operating system error" in capsys.readouterr().err


def test_dev_tools_without_a_tree_name_the_staging_command(
    staging_project: StagingProject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.project.dev_lock_file.write_text("uv==1\n", encoding="utf-8")
    assert main(["dev-tools"], staging_project.project) == 1
    assert "python3 -m runtime stage" in capsys.readouterr().err


def test_usage_error_exits_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["stge"], ["stage", "--target", "riscv64"], []):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)


def subparsers() -> dict[str, argparse.ArgumentParser]:
    (action,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


def test_every_command_has_json_output_and_documentation() -> None:
    page = (REPO / "docs" / "runtime.md").read_text(encoding="utf-8")
    assert subparsers().keys() == COMMANDS.keys()
    for name, sub in subparsers().items():
        assert "--json" in sub.format_help()
        assert f"| `{name}" in page, name


def test_every_exit_status_is_in_the_help() -> None:
    statuses = {kind.exit_status for kind in RuntimeStagingError.__subclasses__()}
    assert {f"  {status}    " in EXIT_STATUSES for status in statuses | {0, 2}} == {True}


def test_json_output_is_one_object(staging_project: StagingProject, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["stage", "--json", "--archive", str(staging_project.archive), "--source", "archive"]
    staging_project.staging().run()
    assert main(arguments[:4], staging_project.project) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["ok"], data["outcome"], data["stamp"]["provenance"]) == (True, "up_to_date", "local archive")
    for command in (["verify"], ["info"], ["natives"], ["path"]):
        assert main([*command, "--json"], staging_project.project) == 0
        assert json.loads(capsys.readouterr().out)["ok"] is True


def test_json_output_has_the_error_code(staging_project: StagingProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"], staging_project.project) == 4
    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"]["code"] == "tree_damaged"
    assert "python3 -m runtime stage" in printed.err


def test_info_reports_the_digest_and_the_longest_path(
    staging_project: StagingProject, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.staging().run()
    assert main(["info", "--json", "--sizes", "--level", "1"], staging_project.project) == 0
    data = json.loads(capsys.readouterr().out)
    assert (
        data["tree_sha256"]
        == json.loads((staging_project.tree / "stamp.json").read_text(encoding="utf-8"))["manifest_sha256"]
    )
    assert data["longest_path"] == "python/lib/python3.14/site-packages/packed_bytecode.bin"
    assert data["files"] == len([path for path in staging_project.tree.rglob("*") if path.is_file()])
    (total, *parts) = data["sizes"]
    assert total["disk_bytes"] == data["disk_bytes"] == sum(part["disk_bytes"] for part in parts)
    assert main(["info"], staging_project.project) == 0
    assert data["tree_sha256"] in capsys.readouterr().out


def test_sizes_list_the_largest_files_with_their_parts(
    staging_project: StagingProject, capsys: pytest.CaptureFixture[str]
) -> None:
    staging_project.staging().run()
    largest = staging_project.tree / "site-packages/dist/__init__.py"
    largest.write_text("x" * 100_000, encoding="utf-8")
    assert main(["info", "--json", "--sizes", "--level", "1", "--files", "3"], staging_project.project) == 0
    first, *rest = json.loads(capsys.readouterr().out)["largest_files"]
    compressed = first.pop("compressed_bytes")
    assert compressed is None or 0 < compressed < 1000
    assert first == {"name": "site-packages/dist/__init__.py", "part": "(no package)", "disk_bytes": 100_000}
    assert len(rest) == 2
    assert main(["info", "--sizes", "--files", "1"], staging_project.project) == 0
    assert capsys.readouterr().out.endswith("  site-packages/dist/__init__.py\n")


def test_clean_removes_only_staged_files(staging_project: StagingProject, capsys: pytest.CaptureFixture[str]) -> None:
    staging_project.staging().run()
    other = staging_project.project.build_dir / "bundle.conf.json"
    other.write_text("{}", encoding="utf-8")
    assert main(["clean", "--target", host_target()], staging_project.project) == 0
    assert not staging_project.tree.exists()
    assert str(staging_project.tree) in capsys.readouterr().out
    staging_project.staging().run()
    assert main(["clean"], staging_project.project) == 0
    assert not staging_project.project.trees.exists()
    assert other.is_file()
    assert staging_project.archive.is_file()
    capsys.readouterr()
    assert main(["clean"], staging_project.project) == 0
    assert capsys.readouterr().out == "nothing to remove\n"
