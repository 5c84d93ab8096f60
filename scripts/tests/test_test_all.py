"""`scripts/testing/test_all.py`: selection of suites, lanes, and the environment of its child processes."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from execnet import XSpec
from execnet.gateway_io import popen_args

from harness.app import ROOT
from scripts.testing import test_all, test_server
from scripts.testing.test_all import Suite, run_all, suites


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-B", str(ROOT / "scripts" / "run.py"), "scripts.testing.test_all", *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("words", [("tsc",), ("ruff", "tsc"), ("--tsc",)])
def test_unknown_suite_runs_nothing_and_lists_the_suites(words: tuple[str, ...]) -> None:
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


@pytest.mark.skipif(os.name == "nt", reason="child processes inherit signal dispositions only on POSIX")
def test_ignored_signals_are_reset_for_child_processes() -> None:
    code = (
        "import signal, subprocess, sys\n"
        "for number in (signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)\n"
        "from scripts.testing.test_all import reset_ignored_signals\n"
        "reset_ignored_signals()\n"
        "code = 'import signal; print([signal.getsignal(n) != signal.SIG_IGN for n in (signal.SIGINT, signal.SIGHUP)])'\n"
        "print(subprocess.check_output([sys.executable, '-c', code], text=True))\n"
    )
    ran = subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[True, True]", ran.stderr


def test_junit_reports_are_summed_and_slowest_tests_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_all, "RESULTS", tmp_path)
    one, two = tmp_path / "one.xml", tmp_path / "two.xml"
    one.write_text(
        '<testsuites><testsuite><testcase classname="a" name="quick" time="0.1"/>'
        '<testcase classname="a" name="slow" time="12.34"><failure/></testcase></testsuite></testsuites>'
    )
    two.write_text('<testsuites><testcase classname="b" name="left_out" time="1"><skipped/></testcase></testsuites>')
    (tmp_path / "damaged.xml").write_text("<testsuites>")
    assert test_all.junit_counts(one, two)("") == (1, 1, 1)
    assert test_all.slowest_tests(2) == ["   12.3 s  a::slow", "    1.0 s  b::left_out"]
    assert test_all.failed_tests() == ["a::slow"]


def test_summary_repeats_the_error_of_each_failed_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(test_all, "RESULTS", tmp_path)
    test = tmp_path / "test_adding.py"
    test.write_text("def test_sum():\n    print('printed')\n    assert 1 + 1 == 3\ndef test_passes():\n    pass\n")
    counts = test_all.run(test_all.pytest_suite("adding", str(test)))
    capsys.readouterr()
    assert test_all.report({"adding": counts}) == 1
    failed = capsys.readouterr().out.partition("Failed tests:\n")[2].splitlines()
    assert "::test_sum" in failed[0]
    assert failed[1:3] == ["    >       assert 1 + 1 == 3", "    E       assert (1 + 1) == 3"]
    assert failed[3].endswith("test_adding.py:3: AssertionError")
    assert failed[-1] == "1 passed, 1 failed"
    assert "printed" not in "".join(failed)


@pytest.mark.skipif(sys.platform != "linux", reason="PostgreSQL is started by Debian's programs")
def test_server_tests_are_part_of_all_tests() -> None:
    script = "scripts.testing.test_server"
    folders = {suite.command[-1] for suite in suites() if script in suite.command}
    assert folders == set(test_server.SUITES.values())
    assert folders == {"python-backend/tests", "python-backend/server_tests", "e2e/server_mode"}


def suite_of(name: str, code: str, lane: str) -> Suite:
    return Suite(name, [sys.executable, "-I", "-B", "-c", code], lane=lane)


def test_lanes_run_concurrently_without_mixing_output(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # Each suite exits only after the other has connected.
        wait_for_other = (
            f"import socket; peer = socket.create_connection(('127.0.0.1', {port})); print('first'); peer.recv(1)"
        )
        selected = [suite_of(name, f"{wait_for_other}; print('{name} finished')", name) for name in ("one", "two")]
        thread = threading.Thread(target=release_connections, args=(listener, len(selected)))
        thread.start()
        counts = run_all(selected)
        thread.join()
    assert counts == {"one": (1, 0, 0), "two": (1, 0, 0)}
    shown = [line for line in capfd.readouterr().out.splitlines() if line and not line.startswith("---")]
    assert shown == ["=== one", "first", "one finished", "=== two", "first", "two finished"]


def release_connections(listener: socket.socket, number: int) -> None:
    """Accept `number` connections, then send a byte to each."""
    with ExitStack() as stack:
        connections = [stack.enter_context(listener.accept()[0]) for _ in range(number)]
        for connection in connections:
            connection.sendall(b"!")


def test_suites_of_a_lane_run_sequentially(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    selected = [
        suite_of("creates", f"open({path!r}, 'x').close()", "lane"),
        suite_of("removes", f"import os; os.remove({path!r})", "lane"),
        suite_of("fails", "raise SystemExit(3)", "lane"),
        Suite("does not start", [str(tmp_path / "missing")], lane="lane"),
    ]
    assert run_all(selected) == {
        "creates": (1, 0, 0),
        "removes": (1, 0, 0),
        "fails": (0, 1, 0),
        "does not start": (0, 1, 0),
    }


def test_interrupt_starts_no_further_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = tmp_path / "second"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        class Stop(threading.Event):
            """The first suite exits only after this is set."""

            def set(self) -> None:
                super().set()
                release_connections(listener, 1)

        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(test_all, "threading", SimpleNamespace(Event=Stop, Thread=threading.Thread))
        monkeypatch.setattr(test_all, "print", interrupted, raising=False)
        first = f"import socket; socket.create_connection(('127.0.0.1', {port})).recv(1)"
        selected = [suite_of("first", first, "lane"), suite_of("second", f"open({str(second)!r}, 'x').close()", "lane")]
        with pytest.raises(KeyboardInterrupt):
            run_all(selected)
    assert not second.exists()


def test_xdist_workers_run_with_the_interpreter_flags(tmp_path: Path) -> None:
    (tmp_path / "test_flags.py").write_text(
        "import os, sys\n"
        "def test_flags():\n"
        "    assert (sys.flags.isolated, sys.flags.dont_write_bytecode, sys.flags.utf8_mode) == (1, 1, 1)\n"
        "    assert os.environ['PYTEST_XDIST_WORKER']\n"
    )
    assert test_all.run(test_all.pytest_suite("flags", str(tmp_path), workers=2)) == (1, 0, 0)


def test_xdist_worker_command_accepts_any_path(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = ['/two words\'q "d" $x/python3', "-I", "/a #1 (ü)/with_dev_tools.py"]
    monkeypatch.setattr(test_all, "WITH_DEV_TOOLS", odd)
    (option,) = [option for option in test_all.xdist_options(3) if option.startswith("--tx=")]
    number, _, spec = option.removeprefix("--tx=").partition("*")
    assert number == "3"
    assert popen_args(XSpec(spec))[:3] == odd
