"""`make shell`, `make db`, `make logs` and `make seed` on a data dir of the test's own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT
from scripts.dev.data import new_lines, readable


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data dir"
    folder.mkdir(mode=0o700)
    return folder


def run(data_dir: Path, *arguments: str, typed: str = "") -> str:
    command = [
        sys.executable,
        "-I",
        "-B",
        str(ROOT / "scripts" / "run.py"),
        "scripts.dev.data",
        "--data-dir",
        str(data_dir),
    ]
    ran = subprocess.run([*command, *arguments], input=typed, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


def test_seeded_items_appear_in_python_and_sql_prompts(data_dir: Path) -> None:
    assert "3 items created" in run(data_dir, "seed", "--count", "3")
    typed = "print(sorted(item.title for item in session.exec(select(models.Item))))\n"
    assert "['Sample item 1', 'Sample item 2', 'Sample item 3']" in run(data_dir, "shell", typed=typed)
    assert "(3,)" in run(data_dir, "db", typed="SELECT count(*) FROM item;\n")


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
    ends: dict[Path, int] = {}
    assert list(new_lines(data_dir, ends)) == ["one", "two"]
    with log.open("a") as file:
        file.write("f\n")
    assert list(new_lines(data_dir, ends)) == ["half"]
    assert list(new_lines(data_dir, ends)) == []
    log.write_text("new\n")
    assert list(new_lines(data_dir, ends)) == ["new"]


def test_log_line_is_formatted_for_the_terminal() -> None:
    entry = {"time": "2026-01-01", "level": "error", "logger": "app", "message": "No", "exception": "Traceback"}
    assert readable(json.dumps(entry)) == "2026-01-01 ERROR    app No\nTraceback"
    assert readable("not JSON") == "not JSON"
