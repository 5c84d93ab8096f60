"""Shutdown of an idle or busy backend by a signal, closed stdin or a killed launcher."""

import contextlib
import json
import multiprocessing
import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backend_host.launch import watchdog
from backend_host.launch.shutdown import GRACEFUL_SHUTDOWN_TIMEOUT_S
from harness.unfrozen_probes.pidfd import pidfd_open, pidfd_send_signal
from tests.backend_process import (
    RUN_SOURCE,
    SOURCE,
    Backend,
    Launch,
    needs_signals,
    read_startup_event,
)

pytestmark = pytest.mark.desktop

HOLD_THE_GIL = """
import itertools, sys, threading
sys.path.insert(0, sys.argv[1])
from backend_host.launch import contract as launch
emit_event = launch.emit_event
def announced(events, **event):
    emit_event(events, **event)
    if event["event"] == "ready":
        threading.Thread(target=lambda: sum(itertools.repeat(1)), daemon=True).start()
launch.emit_event = announced
"""
"""When the backend is ready, runs an infinite loop in C that never releases the GIL."""


START_CHILD = "import subprocess; subprocess.Popen(['sleep', '300'])\n"
"""Starts a child process that inherits stderr, and does not wait for it."""


def test_closed_stdin_shuts_down_and_checkpoints_the_database(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Stored"}).raise_for_status()
    assert backend.stop() == 0
    assert not (tmp_path / "data" / "app.db-wal").exists()
    with sqlite3.connect(tmp_path / "data" / "app.db") as database:
        assert database.execute("SELECT title FROM item").fetchall() == [("Stored",)]
    database.close()

    again = launch()
    with again.client() as client:
        assert [item["title"] for item in client.get("items/").json()["data"]] == ["Stored"]


@needs_signals
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_signal_shuts_down_with_status_0(launch: Launch, name: str) -> None:
    number = signal.Signals[name]
    backend = launch()
    backend.process.send_signal(number)
    assert backend.wait() == 0
    assert "Traceback" not in "".join(backend.log)


@needs_signals
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_repeated_signals_do_not_interrupt_the_shutdown(launch: Launch, number: signal.Signals) -> None:
    backend = launch()
    while backend.process.poll() is None:
        backend.process.send_signal(number)
        time.sleep(0.01)
    assert backend.wait() == 0
    log = "".join(backend.log)
    assert "Database closed" in log
    assert "Traceback" not in log


@needs_signals
def test_sighup_is_ignored_under_nohup(launch: Launch) -> None:
    backend = launch(command_prefix=("nohup",))
    backend.process.send_signal(signal.SIGHUP)
    with backend.client() as client:
        assert client.get("items/").status_code == 200
    assert backend.stop() == 0


def test_stdin_closed_during_start_shuts_down(launch: Launch) -> None:
    backend = launch(wait=False)
    assert backend.stop() == 0
    assert "Traceback" not in "".join(backend.log)


def test_stdin_closed_before_handover_record_shuts_down(launch: Launch) -> None:
    backend = launch(HANDOVER_ON_STDIN="true", wait=False)
    assert backend.stop() == 0
    assert "Traceback" not in "".join(backend.log)


def begin_request(ready: dict[str, Any], *, token: str, body_bytes: int) -> socket.socket:
    """Send the head of a request, and return when the route waits for the body."""
    connection = socket.create_connection((ready["address"], ready["port"]))
    head = f"POST /api/v1/items/ HTTP/1.1\r\nHost: localhost\r\nX-Launch-Token: {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {body_bytes}\r\nExpect: 100-continue\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    return connection


def test_request_in_flight_is_finished_before_shutdown(launch: Launch) -> None:
    backend = launch()
    body = b'{"title": "Last"}'
    with begin_request(backend.ready, token=backend.token, body_bytes=len(body)) as connection:
        assert backend.process.stdin
        backend.process.stdin.close()
        while "Shutting down" not in "".join(backend.log):
            assert backend.process.poll() is None
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert backend.wait() == 0


def assert_shutdown_cancels_request(backend: Backend, connection: socket.socket) -> None:
    """Send SIGTERM to a backend with an unfinished request. The request gets 503, and the backend exits with status 0."""
    started = time.monotonic()
    backend.process.send_signal(signal.SIGTERM)
    response = b"".join(iter(lambda: connection.recv(1_000), b""))
    assert response.startswith(b"HTTP/1.1 503")
    assert json.loads(response.rpartition(b"\r\n")[2])["code"] == "stopping"
    assert backend.wait() == 0
    assert time.monotonic() - started < GRACEFUL_SHUTDOWN_TIMEOUT_S + 2, "the launcher would kill it"
    assert "Traceback" not in "".join(backend.log)


@needs_signals
def test_request_with_incomplete_body_is_cancelled_by_shutdown(launch: Launch) -> None:
    backend = launch()
    with begin_request(backend.ready, token=backend.token, body_bytes=20) as connection:
        assert_shutdown_cancels_request(backend, connection)


@needs_signals
def test_request_blocked_in_a_thread_does_not_delay_shutdown(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    body = b'{"title": "Never stored"}'
    with (
        closing(sqlite3.connect(tmp_path / "data" / "app.db", isolation_level=None)) as database,
        begin_request(backend.ready, token=backend.token, body_bytes=len(body)) as connection,
    ):
        database.execute("BEGIN IMMEDIATE")
        connection.sendall(body)
        with backend.client() as client:
            client.get("utils/health-check/").raise_for_status()  # sent later, so the other request is running
        assert_shutdown_cancels_request(backend, connection)
        assert database.execute("SELECT count(*) FROM item").fetchall() == [(0,)]


@needs_signals
def test_unread_response_does_not_delay_shutdown(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        rows = [{"title": "t" * 255, "description": "d" * 255} for _ in range(15_000)]
        client.post("items/import", json=rows, timeout=60).raise_for_status()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        connection.connect((backend.ready["address"], backend.ready["port"]))
        connection.sendall(
            f"GET /api/v1/items/export HTTP/1.1\r\nHost: localhost\r\nX-Launch-Token: {backend.token}\r\n\r\n".encode()
        )
        assert connection.recv(12) == b"HTTP/1.1 200"
        backend.process.send_signal(signal.SIGTERM)
        assert backend.wait() == 0
    log = "".join(backend.log)
    assert "Cancelled by the shutdown" in log
    assert "Traceback" not in log
    assert not (tmp_path / "data" / "app.db-wal").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can wait for a process that is not a child")
@pytest.mark.parametrize("busy", ["", "request", "GIL"], ids=["idle", "with a request in flight", "holding the GIL"])
def test_backend_exits_when_its_launcher_is_killed(tmp_path: Path, busy: str) -> None:
    """This launcher sets no parent-death signal, so that closed stdin alone stops the backend, as on macOS."""
    run = HOLD_THE_GIL + RUN_SOURCE if busy == "GIL" else RUN_SOURCE
    launcher = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-I', '-B', '-c', {run!r}, {str(SOURCE)!r}, '--data-dir',"
        f" {str(tmp_path / 'data')!r}], stdin=subprocess.PIPE)\n"
        "child.wait()\n"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-I", "-c", launcher], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process,
        contextlib.ExitStack() as connections,
    ):
        assert process.stdout
        ready = read_startup_event(process.stdout)
        if busy == "request":
            connections.enter_context(begin_request(ready, token="", body_bytes=20))
        backend, watchdog_fd = pidfd_open(ready["pid"]), pidfd_open(watchdog_of(ready["pid"]))
        connections.callback(kill_and_close, backend)
        process.kill()
        # It exits after up to 1.3 s. The graceful shutdown, which an orphan must not wait for, takes longer.
        within_s = GRACEFUL_SHUTDOWN_TIMEOUT_S
        assert select.select([backend], [], [], within_s)[0], f"the backend outlived its launcher by {within_s} s"
        assert select.select([watchdog_fd], [], [], 10)[0], "the watchdog outlived the backend"
        os.close(watchdog_fd)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("run", [RUN_SOURCE, HOLD_THE_GIL + RUN_SOURCE], ids=["idle", "holding the GIL"])
def test_process_group_of_the_backend_is_killed_with_it(tmp_path: Path, run: str) -> None:
    arguments = [
        sys.executable,
        "-I",
        "-B",
        "-c",
        START_CHILD + run,
        str(SOURCE),
        "--data-dir",
        str(tmp_path / "data"),
    ]
    launcher = f"import subprocess; subprocess.Popen({arguments!r}, stdin=subprocess.PIPE, process_group=0).wait()"
    with subprocess.Popen(
        [sys.executable, "-I", "-c", launcher], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert read_startup_event(process.stdout)["event"] == "ready"
        process.kill()
        process.communicate(timeout=5)  # returns when stderr is closed in all processes


def kill_and_close(process: int) -> None:
    """Kill a process that a failed test has left running, and close its pidfd."""
    with contextlib.suppress(ProcessLookupError):
        pidfd_send_signal(process, signal.SIGKILL)
    os.close(process)


def watchdog_of(pid: int) -> int:
    """Return the id of the watchdog process of backend `pid`."""
    (watchdog_pid,) = (
        int(child)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if Path(f"/proc/{child}/comm").read_text().strip() == watchdog.NAME
    )
    return watchdog_pid


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_watchdog_closes_inherited_descriptors_and_exits_with_the_backend(launch: Launch) -> None:
    backend = launch()
    pid = watchdog_of(backend.process.pid)
    watchdog_fd = pidfd_open(pid)
    targets = sorted(os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir())
    assert [target.partition(":")[0] for target in targets] == ["/dev/null"] * 4 + ["pipe"] * 2
    backend.process.kill()
    backend.wait()
    assert select.select([watchdog_fd], [], [], 10)[0]
    os.close(watchdog_fd)


SPAWN_CHILDREN = """
import multiprocessing, os, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
sys.path.insert(0, sys.argv[1])
from backend_host.launch import contract as launch
emit_event = launch.emit_event
def announced(events, **event):
    if event["event"] == "ready":
        child = subprocess.run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"], stdout=subprocess.PIPE)
        print("subprocess read", child.stdout.decode(), file=sys.stderr)
        for method in multiprocessing.get_all_start_methods():
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
                print(method, "has", pool.submit(os.readlink, "/proc/self/fd/0").result(), file=sys.stderr)
    emit_event(events, **event)
launch.emit_event = announced
"""
"""Starts child processes with each start method, without setting their stdin."""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_child_processes_do_not_inherit_the_launcher_pipe(launch: Launch) -> None:
    backend = launch(code=SPAWN_CHILDREN + RUN_SOURCE)
    assert backend.stop() == 0
    log = "".join(backend.log)
    assert "subprocess read ''" in log
    for method in multiprocessing.get_all_start_methods():
        assert f"{method} has /dev/null" in log
