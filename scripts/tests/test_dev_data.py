"""`make shell`, `make db`, `make logs` and `make seed` on a temporary data dir."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from scripts.dev.data import format_line, new_lines


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data dir"
    folder.mkdir(mode=0o700)
    return folder


def run(data_dir: Path, *arguments: str, stdin: str = "") -> str:
    command = [
        sys.executable,
        "-I",
        "-B",
        str(ROOT / "scripts" / "run.py"),
        "scripts.dev.data",
        "--data-dir",
        str(data_dir),
    ]
    ran = subprocess.run([*command, *arguments], input=stdin, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


def test_seeded_items_appear_in_python_and_sql_prompts(data_dir: Path) -> None:
    assert "3 items created" in run(data_dir, "seed", "--count", "3")
    stdin = "print(sorted(item.title for item in session.exec(select(models.Item))))\n"
    assert "['Sample item 1', 'Sample item 2', 'Sample item 3']" in run(data_dir, "shell", stdin=stdin)
    assert "(3,)" in run(data_dir, "db", stdin="SELECT count(*) FROM item;\n")


def test_missing_data_dir_is_named(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-I",
        "-B",
        str(ROOT / "scripts" / "run.py"),
        "scripts.dev.data",
        "--data-dir",
        str(tmp_path / "none"),
    ]
    ran = subprocess.run([*command, "db"], capture_output=True, text=True)
    assert ran.returncode == 1
    assert str(tmp_path / "none") in ran.stderr


def test_log_follow_emits_only_complete_new_lines_across_rotation(data_dir: Path) -> None:
    log = data_dir / "logs" / "fastapi.log"
    log.parent.mkdir()
    log.write_text("one\ntwo\nhal")
    offsets: dict[Path, int] = {}
    assert list(new_lines(data_dir, offsets)) == ["one", "two"]
    with log.open("a") as file:
        file.write("f\n")
    assert list(new_lines(data_dir, offsets)) == ["half"]
    assert list(new_lines(data_dir, offsets)) == []
    log.write_text("new\n")
    assert list(new_lines(data_dir, offsets)) == ["new"]


def test_log_line_is_formatted_for_the_terminal() -> None:
    entry = {"time": "2026-01-01", "level": "error", "logger": "app", "message": "No", "exception": "Traceback"}
    assert format_line(json.dumps(entry)) == "2026-01-01 ERROR    app No\nTraceback"
    assert format_line("not JSON") == "not JSON"
