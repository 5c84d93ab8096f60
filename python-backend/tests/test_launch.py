"""The backend's side of docs/launch-contract.md, with real processes."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core import data_lock
from app.launch import FINISH_REQUESTS_S
from tests.backend_process import (
    ENVIRONMENT,
    RUN_SOURCE,
    SOURCE,
    Backend,
    Launch,
    is_private,
    needs_descriptors,
    needs_signals,
    outcome,
)

pytestmark = pytest.mark.desktop


def test_ready_says_where_who_and_what(launch: Launch) -> None:
    backend = launch(APP_VERSION="1.2.3")
    assert backend.ready["address"] == "127.0.0.1"
    assert backend.ready["pid"] == backend.process.pid
    assert backend.ready["version"] == "1.2.3"
    assert backend.ready["code_digest"].startswith("sha256:")
    assert backend.ready["schema_revision"]
    assert httpx.get(f"{backend.url}/api/v1/utils/health-check/", trust_env=False).json() is True


def test_closing_stdin_stops_it_cleanly_with_everything_in_the_database_file(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Kept"}).raise_for_status()
    assert backend.stop() == 0
    assert not (tmp_path / "data" / "app.db-wal").exists()
    with sqlite3.connect(tmp_path / "data" / "app.db") as database:
        assert database.execute("SELECT title FROM item").fetchall() == [("Kept",)]
    database.close()

    again = launch()
    with again.client() as client:
        assert [item["title"] for item in client.get("items/").json()["data"]] == ["Kept"]


@needs_signals
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_stops_it_cleanly(launch: Launch, name: str) -> None:
    number = signal.Signals[name]
    backend = launch()
    backend.process.send_signal(number)
    assert backend.wait() == 0
    assert "Traceback" not in "".join(backend.log)


@needs_signals
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_again_and_again_changes_nothing(launch: Launch, number: signal.Signals) -> None:
    backend = launch()
    while backend.process.poll() is None:
        backend.process.send_signal(number)
        time.sleep(0.01)
    assert backend.wait() == 0
    log = "".join(backend.log)
    assert "Database closed" in log
    assert "Traceback" not in log


@needs_signals
def test_a_hang_up_that_its_user_ignores_is_ignored(launch: Launch) -> None:
    backend = launch(within=("nohup",))
    backend.process.send_signal(signal.SIGHUP)
    with backend.client() as client:
        assert client.get("items/").status_code == 200
    assert backend.stop() == 0


def test_stdin_that_ends_before_it_serves_stops_it_too(launch: Launch) -> None:
    backend = launch(wait=False)
    assert backend.stop() == 0
    assert "Traceback" not in "".join(backend.log)


def test_a_start_that_fails_says_so_though_stdin_has_ended(launch: Launch) -> None:
    backend = launch(wait=False, LOG_LEVEL="loud")
    assert backend.stop() == 1
    backend.read_event()
    assert backend.events[0]["code"] == "config_invalid"


@needs_signals
def test_a_failed_start_stays_one_when_stdin_ends_or_a_signal_comes(
    launch: Launch, listening_socket: socket.socket
) -> None:
    for end in (signal.SIGTERM, None):
        backend = launch("--port", str(listening_socket.getsockname()[1]))
        if end:
            backend.process.send_signal(end)
        assert (backend.events[0]["code"], backend.stop()) == ("port_taken", 1)


def begin_request(ready: dict[str, Any], *, token: str, body_bytes: int) -> socket.socket:
    """A request whose route waits for a body that is yet to come."""
    connection = socket.create_connection((ready["address"], ready["port"]))
    head = f"POST /api/v1/items/ HTTP/1.1\r\nHost: localhost\r\nX-Launch-Token: {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {body_bytes}\r\nExpect: 100-continue\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(100).startswith(b"HTTP/1.1 100")
    return connection


def test_a_request_in_flight_is_finished_before_it_stops(launch: Launch) -> None:
    backend = launch()
    body = b'{"title": "Last"}'
    with begin_request(backend.ready, token=backend.token, body_bytes=len(body)) as connection:
        assert backend.process.stdin
        backend.process.stdin.close()
        while "stopping" not in "".join(backend.log):
            assert backend.process.poll() is None
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert backend.wait() == 0


def cut_short(backend: Backend, connection: socket.socket) -> None:
    """Have a backend stop that has an unfinished request, and see what becomes of that."""
    begun = time.monotonic()
    backend.process.send_signal(signal.SIGTERM)
    answer = b"".join(iter(lambda: connection.recv(1_000), b""))
    assert answer.startswith(b"HTTP/1.1 503")
    assert json.loads(answer.rpartition(b"\r\n")[2])["code"] == "stopping"
    assert backend.wait() == 0
    assert time.monotonic() - begun < FINISH_REQUESTS_S + 2, "when the launcher kills it"
    assert "Traceback" not in "".join(backend.log)


@needs_signals
def test_a_request_whose_body_does_not_come_is_answered_when_it_stops(launch: Launch) -> None:
    backend = launch()
    with begin_request(backend.ready, token=backend.token, body_bytes=20) as connection:
        cut_short(backend, connection)


@needs_signals
def test_a_request_at_work_in_a_thread_does_not_hold_up_the_end(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    body = b'{"title": "Never stored"}'
    with (
        contextlib.closing(sqlite3.connect(tmp_path / "data" / "app.db", isolation_level=None)) as database,
        begin_request(backend.ready, token=backend.token, body_bytes=len(body)) as connection,
    ):
        database.execute("BEGIN IMMEDIATE")
        connection.sendall(body)
        time.sleep(0.2)
        cut_short(backend, connection)
        assert database.execute("SELECT count(*) FROM item").fetchall() == [(0,)]


@needs_signals
def test_an_answer_that_nobody_takes_does_not_hold_up_the_end(launch: Launch, tmp_path: Path) -> None:
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
    assert "cut short" in log
    assert "Traceback" not in log
    assert not (tmp_path / "data" / "app.db-wal").exists()


def test_what_anybody_prints_goes_to_stderr_and_only_events_to_stdout() -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from app.launch import announce, claim_stdout\n"
        "events = claim_stdout()\n"
        "print('a print'); os.system('echo a child')\n"
        "announce(events, event='ready')\n"
    )
    said = subprocess.run([sys.executable, "-I", "-B", "-c", code, SOURCE], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == {"event": "ready"}
    assert sorted(said.stderr.split("\n")) == ["", "a child", "a print"]


def test_nothing_but_events_reaches_stdout(launch: Launch) -> None:
    backend = launch("--log-level", "debug")
    with backend.client() as client:
        client.get("items/")
    backend.stop()
    assert backend.process.stdout
    assert backend.process.stdout.read() == ""


@needs_descriptors
def test_it_serves_the_socket_it_is_given_and_leaves_it_open_to_the_next_one(
    launch: Launch, listening_socket: socket.socket, tmp_path: Path
) -> None:
    fd = listening_socket.fileno()
    port = listening_socket.getsockname()[1]
    first = launch(LISTEN_FD=str(fd), PORT="1", pass_fds=(fd,))
    assert first.ready["port"] == port
    first.process.kill()
    first.wait()

    answers: list[httpx.Response] = []
    url = f"http://127.0.0.1:{port}/api/v1/utils/health-check/"
    waiting = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=20, trust_env=False)))
    waiting.start()  # nobody serves: the request waits in the socket's backlog
    second = launch("--listen-fd", str(fd), pass_fds=(fd,))
    waiting.join(20)
    assert second.ready["port"] == port
    assert answers
    assert answers[0].json() is True


def test_the_token_is_asked_of_every_request_but_the_health_check(launch: Launch) -> None:
    backend = launch()
    for path in ("items/", "users/me", "openapi.json", "nothing-here"):
        for headers in ({}, {"X-Launch-Token": "x" * 43}):
            answer = httpx.get(f"{backend.url}/api/v1/{path}", headers=headers, trust_env=False)
            assert (answer.status_code, answer.json()["code"]) == (401, "launch_token")
    with backend.client() as client:
        assert client.get("items/").status_code == 200
    assert backend.token not in "".join(backend.log)


def test_a_foreign_host_header_is_refused(launch: Launch) -> None:
    backend = launch()
    with backend.client() as client:
        assert client.get("items/", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("items/", headers={"Host": f"localhost:{backend.ready['port']}"}).status_code == 200


def test_an_ipv6_address_is_served_and_written_in_brackets(launch: Launch) -> None:
    backend = launch("--host", "0:0:0:0:0:0:0:1")
    port = backend.ready["port"]
    assert backend.url == f"http://[::1]:{port}"
    assert f"Serving on {backend.url}\n" in "".join(backend.log)
    with backend.client() as client:
        assert client.post("items/", json={"title": "Mine"}, headers={"Origin": backend.url}).status_code == 200
        for foreign in (
            "[::2]",
            f"[::2]:{port}",
            "::1",
            "[::1].evil.example",
            "[::1",
            "[::1]evil.example",
            "[::1%25lo]",
        ):
            assert client.get("items/", headers={"Host": foreign}).status_code == 400, foreign


def test_a_foreign_web_page_is_refused_before_anything_is_done(launch: Launch) -> None:
    backend = launch(BACKEND_CORS_ORIGINS='["app://window"]')
    with backend.client() as client:
        answer = client.post("items/", json={"title": "Evil"}, headers={"Origin": "http://evil.example"})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin")
        assert client.get("items/").json()["count"] == 0
        for origin in ("app://window", backend.url):
            assert client.get("items/", headers={"Origin": origin}).status_code == 200


def test_the_windows_own_origin_passes_the_preflight_and_no_other(launch: Launch) -> None:
    backend = launch(BACKEND_CORS_ORIGINS='["app://window"]')
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-launch-token,content-type"}
    for origin, status in (("app://window", 200), ("http://evil.example", 400)):
        answer = httpx.options(f"{backend.url}/api/v1/items/", headers={"Origin": origin, **asked}, trust_env=False)
        assert answer.status_code == status
        assert answer.headers.get("access-control-allow-origin") == (origin if status == 200 else None)


def test_every_file_it_makes_is_its_owners_only(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Mine"})
    data_dir = tmp_path / "data"
    made = [data_dir, *data_dir.rglob("*")]
    assert {path.name for path in made} >= {"data", "app.db", "app.db-wal", "secret_key", "logs", "fastapi.log"}
    assert [path for path in made if not is_private(path)] == []


def test_without_a_launcher_no_token_is_asked_and_an_ended_stdin_is_ignored(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-B", "-c", RUN_SOURCE, str(SOURCE), "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(
        command,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout
            port = outcome(process.stdout)["port"]
            answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/items/", trust_env=False)
            assert answer.status_code == 200
        finally:
            process.terminate()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux can wait for a process that is no child")
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "with a request in flight"])
def test_a_launcher_that_is_killed_takes_the_backend_with_it(tmp_path: Path, busy: bool) -> None:
    """The launcher here sets no parent-death signal: the end of stdin alone must do, as on macOS."""
    launcher = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-I', '-B', '-c', {RUN_SOURCE!r}, {str(SOURCE)!r}, '--data-dir',"
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
        ready = outcome(process.stdout)
        if busy:
            connections.enter_context(begin_request(ready, token="", body_bytes=20))
        gone = os.pidfd_open(ready["pid"])
        process.kill()
        assert select.select([gone], [], [], 2)[0], "the backend outlived its launcher by 2 s"
        os.close(gone)


def test_two_launches_at_once_on_one_data_dir_make_one_backend(launch: Launch) -> None:
    both = [launch(wait=False), launch(wait=False)]
    for backend in both:
        backend.read_event()
    assert sorted(backend.events[0]["event"] for backend in both) == ["failed", "ready"]


@pytest.mark.parametrize(
    ("variables", "holder"),
    [
        ({}, "the app's window"),
        ({"STATIC_DIR": "{page}"}, "the app in the browser"),
        ({"LAUNCH_TOKEN": ""}, "a backend started by hand"),
    ],
)
def test_a_data_dir_in_use_names_its_holder(
    launch: Launch, variables: dict[str, str], holder: str, tmp_path: Path
) -> None:
    (tmp_path / "index.html").touch()
    first = launch(**{name: value.format(page=tmp_path) for name, value in variables.items()})
    assert first.ready
    second = launch()
    refusal = second.events[0]
    assert refusal["code"] == "data_dir_in_use"
    assert f"{holder} (process {first.process.pid}, since 2" in refusal["message"]
    assert second.wait() == 1
    assert first.process.poll() is None


def test_a_data_dir_is_free_once_its_holder_was_killed(launch: Launch, tmp_path: Path) -> None:
    first = launch()
    first.process.kill()
    first.wait()
    assert (tmp_path / "data" / data_lock.FILE).exists()
    assert launch().ready


def test_a_holder_that_is_about_to_end_is_waited_for(launch: Launch) -> None:
    first = launch()
    second = launch(wait=False)
    assert first.stop() == 0
    second.read_event()
    assert second.ready


def test_a_start_tells_its_steps(launch: Launch) -> None:
    assert launch().steps == ["importing", "opening"]


def test_code_that_can_not_be_imported_is_told_as_that(launch: Launch, tmp_path: Path) -> None:
    broken = tmp_path / "source"
    shutil.copytree(SOURCE / "app", broken / "app", ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "app" / "main.py").write_text("import nowhere_to_be_found\n")
    backend = launch(source=broken)
    assert backend.events[0]["code"] == "import_failed"
    assert "nowhere_to_be_found" in backend.events[0]["message"]
    assert backend.wait() == 1
    assert "Traceback" in "".join(backend.log)


def test_a_port_that_is_taken_is_said(launch: Launch, listening_socket: socket.socket) -> None:
    backend = launch("--port", str(listening_socket.getsockname()[1]))
    assert backend.events[0]["code"] == "port_taken"
    assert str(listening_socket.getsockname()[1]) in backend.events[0]["message"]
    assert backend.wait() == 1


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "nowhere.invalid", "a" * 100])
def test_an_address_that_is_none_of_this_machine_is_said(launch: Launch, host: str) -> None:
    backend = launch("--host", host)
    assert backend.events[0]["code"] == "address_unavailable"
    assert "HOST" in backend.events[0]["message"]
    assert "another port" not in backend.events[0]["message"]
    assert backend.wait() == 1


def test_a_descriptor_that_is_no_socket_is_said(launch: Launch) -> None:
    backend = launch("--listen-fd", "77")
    assert backend.events[0]["code"] == "address_unavailable"
    assert "LISTEN_FD" in backend.events[0]["message"]
    assert backend.wait() == 1


SMALL_DISK = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=$DISK tmpfs "$DATA_DIR" && exec "$0" "$@"')
"""A disk of the process' own."""


@pytest.mark.skipif(
    not shutil.which("unshare")
    or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="this machine lets nobody mount a small disk",
)
@pytest.mark.parametrize("size", ["8k", "64k"], ids=["at once", "while the database is made"])
def test_a_full_disk_is_said(launch: Launch, tmp_path: Path, size: str) -> None:
    (tmp_path / "data").mkdir()
    backend = launch(within=SMALL_DISK, DISK=size)
    assert backend.events[0]["code"] == "disk_full", "".join(backend.log)
    assert backend.wait() == 1


def test_a_data_dir_that_is_a_file_is_said(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    backend = launch(data_dir=tmp_path / "file")
    assert backend.events[0]["code"] == "data_dir_unwritable"
    assert "is a file where a folder must be" in backend.events[0]["message"]
    assert "Errno" not in backend.events[0]["message"]
    assert backend.wait() == 1
    assert "Traceback" not in "".join(backend.log)
    assert (tmp_path / "file").read_text() == "kept"


def test_a_bad_setting_is_said(launch: Launch) -> None:
    backend = launch("--port", "many")
    assert (backend.events[0]["code"], backend.wait()) == ("config_invalid", 1)
    assert "PORT" in backend.events[0]["message"]


def test_a_database_that_is_none_is_said_and_kept(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "app.db").write_bytes(b"no database" * 1000)
    backend = launch()
    assert (backend.events[0]["code"], backend.wait()) == ("database_unusable", 1)
    assert (tmp_path / "data" / "app.db").read_bytes() == b"no database" * 1000


def test_damage_inside_the_database_is_said_and_left_alone(launch: Launch, tmp_path: Path) -> None:
    launch().stop()
    path = tmp_path / "data" / "app.db"
    with closing(sqlite3.connect(path)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'user'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xaa" * size
    path.write_bytes(content)
    backend = launch()
    assert (backend.events[-1]["code"], backend.wait()) == ("database_unusable", 1)
    assert "Restore a backup" in backend.events[-1]["message"]
    assert path.read_bytes() == content


def test_a_database_of_a_newer_version_is_said_and_kept(launch: Launch, tmp_path: Path) -> None:
    launch().stop()
    path = tmp_path / "data" / "app.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = path.read_bytes()
    backend = launch()
    assert (backend.events[0]["code"], backend.wait()) == ("database_newer", 1)
    assert path.read_bytes() == before


def test_a_built_interface_is_served_with_its_own_routes(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "index.html").write_text("<title>Hello</title>")
    (tmp_path / "ui" / "app.js").write_text("1")
    backend = launch("--static-dir", str(tmp_path / "ui"))
    page = {"Accept": "text/html"}
    for path in ("/", "/items", "/items?page=2"):
        answer = httpx.get(backend.url + path, headers=page, trust_env=False)
        assert (answer.status_code, "Hello" in answer.text) == (200, True), path
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert httpx.get(f"{backend.url}/app.js", trust_env=False).text == "1"
    assert httpx.get(f"{backend.url}/api/v1/none", headers=page, trust_env=False).status_code == 401
