"""Discouraged terms are reported in prose and identifiers, with a suggestion."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.project import ROOT, RUN

CHECK = [
    sys.executable,
    "-I",
    "-B",
    "-X",
    "utf8",
    RUN,
    "scripts.setup.with_dev_tools",
    "-m",
    "scripts.testing.vocabulary",
]


def check(file: Path) -> tuple[int, list[str]]:
    """Exit status and the reported lines."""
    done = subprocess.run([*CHECK, file], cwd=ROOT, capture_output=True, encoding="utf-8")
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("The file lies here.", "lies ==> is located, is in"),  # codespell:ignore lies
        ("def is_told() -> bool: ...", "told ==> "),  # codespell:ignore told
        ("const isTold = true", "Told ==> "),  # codespell:ignore told
        ("IS_TOLD = 1", "TOLD ==> "),  # codespell:ignore told
        ("A number that is none.", "that is none ==> not a "),  # codespell:ignore
    ],
)
def test_discouraged_term_is_reported_with_line_and_suggestion(text: str, report: str, tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"A first line.\n{text}\n", encoding="utf-8")
    status, lines = check(file)
    assert status != 0
    assert len(lines) == 1
    assert lines[0].startswith(f"{file}:2: {report}")


def test_similar_words_and_ignored_uses_pass(tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text("relies = belies = TOLDO = 1\ntold = 2  # codespell:ignore told\n", encoding="utf-8")
    assert check(file) == (0, [])
