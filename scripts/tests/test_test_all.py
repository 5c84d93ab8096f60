"""`scripts/test_all.py`: its words, and what it hands down to what it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import test_all, test_server
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


@pytest.mark.skipif(os.name == "nt", reason="signals are handed down to what is started only there")
def test_in_the_background_what_it_starts_heeds_signals_all_the_same() -> None:
    code = (
        "import signal, subprocess, sys\n"
        "for number in (signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)\n"
        "from scripts.test_all import heed_signals\n"
        "heed_signals()\n"
        "ask = 'import signal; print([signal.getsignal(n) != signal.SIG_IGN for n in (signal.SIGINT, signal.SIGHUP)])'\n"
        "print(subprocess.check_output([sys.executable, '-c', ask], text=True))\n"
    )
    ran = subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[True, True]", ran.stderr


def test_reports_are_counted_together_and_their_slowest_tests_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_all, "RESULTS", tmp_path)
    one, two = tmp_path / "one.xml", tmp_path / "two.xml"
    one.write_text(
        '<testsuites><testsuite><testcase classname="a" name="quick" time="0.1"/>'
        '<testcase classname="a" name="slow" time="12.34"><failure/></testcase></testsuite></testsuites>'
    )
    two.write_text('<testsuites><testcase classname="b" name="left_out" time="1"><skipped/></testcase></testsuites>')
    (tmp_path / "damaged.xml").write_text("<testsuites>")
    assert test_all.junit(one, two)("") == (1, 1, 1)
    assert test_all.slowest(2) == ["   12.3 s  a::slow", "    1.0 s  b::left_out"]


@pytest.mark.skipif(sys.platform != "linux", reason="PostgreSQL is started by Debian's programs")
def test_servers_tests_are_part_of_all_tests() -> None:
    (server,) = [suite for suite in suites() if suite.name == "pytest: server"]
    assert server.command[-1] == str(ROOT / "scripts" / "test_server.py")
    folders = set(test_server.SUITES.values())
    assert folders == {"python-backend/tests", "python-backend/server_tests", "e2e/server_mode"}
