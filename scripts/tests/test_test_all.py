"""The words of `scripts/test_all.py`."""

import subprocess
import sys

import pytest

from scripts.test_all import suites
from scripts.tests.conftest import ROOT


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-B", str(ROOT / "scripts" / "test_all.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("words", [("tsc",), ("ruff", "tsc"), ("--tsc",)])
def test_an_unknown_word_runs_nothing_and_is_told_what_there_is(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "tsc" in done.stderr
    if words[0] != "--tsc":
        assert [suite.name for suite in suites() if f"\n  {suite.name}\n" not in done.stderr] == []


def test_help_lists_every_suite_and_runs_none() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert [suite.name for suite in suites() if f"\n  {suite.name}\n" not in done.stdout] == []
    assert "===" not in done.stdout
