"""Handover between two backends of one launcher, which share the listening socket and the lock."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend_host.data import data_lock
from tests.backend_process import Backend, Launch, LauncherHandles, copy_source


def send_command(backend: Backend, command: str) -> None:
    assert backend.process.stdin
    backend.process.stdin.write(f"{command}\n")
    backend.process.stdin.flush()


@pytest.fixture
def lock_fd(tmp_path: Path) -> Iterator[int]:
    """The launcher's file descriptor of app.lock."""
    (tmp_path / "data").mkdir()
    fd = os.open(tmp_path / "data" / data_lock.LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    yield fd
    os.close(fd)


@pytest.fixture
def start(launch: Launch, lock_fd: int, listening_socket: socket.socket) -> Callable[..., Backend]:
    """Return a function that starts backends with the launcher's socket and lock. They share one launch token."""
    tokens: list[str] = []

    def start_one(lock: int | None = lock_fd, **more: Any) -> Backend:
        if tokens:
            more.setdefault("LAUNCH_TOKEN", tokens[0])
        backend = launch(handles=LauncherHandles(listening_socket, lock), **more)
        tokens.append(backend.token)
        return backend

    return start_one


def test_candidate_serves_on_separate_port_then_replaces_the_backend(
    start: Callable[..., Backend], listening_socket: socket.socket
) -> None:
    old = start()
    new = start(CANDIDATE="true")
    port = listening_socket.getsockname()[1]
    assert old.ready["port"] == port != new.ready["port"]
    with new.client() as client:
        about = client.get("utils/ready/").json()
    assert about["pid"] == new.process.pid
    assert about["code_digest"] == new.ready["code_digest"]
    assert about["schema_revision"] == new.ready["schema_revision"]

    with old.client() as client_of_old:
        client_of_old.get("items/").raise_for_status()
        send_command(new, "serve")
        new.read_event()
        assert new.events[1] == {"event": "serving", "address": "127.0.0.1", "port": port}
        send_command(old, "drain")
        old.read_event()
        assert old.events[1] == {"event": "draining"}
        response = client_of_old.get("utils/ready/")
        assert response.json()["pid"] == new.process.pid, "the replaced process answered"
        assert response.headers["connection"] == "close"
        assert old.wait() == 0
        assert client_of_old.get("utils/ready/").json()["pid"] == new.process.pid
    assert new.stop() == 0


def chunks() -> Iterator[bytes]:
    yield b'{"title": '
    yield b'"In chunks"}'


REQUESTS: list[tuple[int, dict[str, Any]]] = [
    (200, {"method": "GET", "url": "items/?limit=1&skip=0"}),
    (405, {"method": "HEAD", "url": "items/"}),
    (404, {"method": "GET", "url": "items/00000000-0000-0000-0000-000000000000"}),
    (401, {"method": "GET", "url": "items/", "headers": {"X-Launch-Token": "wrong"}}),
    (200, {"method": "POST", "url": "items/", "json": {"title": "Whole"}}),
    (200, {"method": "POST", "url": "items/", "content": chunks(), "headers": {"Content-Type": "application/json"}}),
    (200, {"method": "GET", "url": "openapi.json"}),
]
if os.name != "nt":
    # On Windows, closing a connection with unread data resets it, and the reset can discard the response (RFC 9112, 9.6).
    # It is last because it is the slowest: uvicorn closes connections that are idle for its keep-alive timeout (5 s).
    REQUESTS.append((413, {"method": "POST", "url": "items/", "content": b"x" * 30_000_000}))


def test_replaced_process_forwards_requests_on_open_connections(start: Callable[..., Backend]) -> None:
    old = start()
    # The slow steps come before the connections, which must not be idle for the keep-alive timeout.
    clients = [old.client() for _ in REQUESTS]
    new = start(CANDIDATE="true")
    for client in clients:
        client.get("items/").raise_for_status()
    send_command(new, "serve")
    new.read_event()
    send_command(old, "drain")
    old.read_event()
    for client, (status, request) in zip(clients, REQUESTS, strict=True):
        response = client.request(**request)
        assert (response.status_code, response.headers["connection"]) == (status, "close"), request
        assert len(response.headers.get_list("date")) == 1
        if request["method"] != "HEAD":
            assert response.json()
        client.close()
    with new.client() as client:
        assert [item["title"] for item in client.get("items/").json()["data"]] == ["In chunks", "Whole"]
    assert old.wait() == 0
    assert new.stop() == 0


def test_handovers_under_load_neither_lose_nor_repeat_requests(start: Callable[..., Backend]) -> None:
    running = [start()]
    url, headers = f"{running[0].url}/api/v1/items/", {"X-Launch-Token": running[0].token}
    done = threading.Event()
    sent: list[str] = []
    faults: list[str] = []

    def write(client: int, keepalive: int) -> None:
        limits = httpx.Limits(max_keepalive_connections=keepalive)
        with httpx.Client(headers=headers, limits=limits, timeout=60, trust_env=False) as http:
            while not done.is_set():
                sent.append(title := f"{client}.{len(sent)}.{os.urandom(4).hex()}")
                try:
                    if (status := http.post(url, json={"title": title}).status_code) != 200:
                        faults.append(f"{title}: {status}")
                except httpx.HTTPError as error:
                    faults.append(f"{title}: {error!r}")

    clients = [threading.Thread(target=write, args=(number, number % 2)) for number in range(6)]
    for client in clients:
        client.start()
    for _ in range(4):
        running.append(start(CANDIDATE="true"))
        send_command(running[-1], "serve")
        running[-1].read_event()
        send_command(running[-2], "drain")
        assert running[-2].wait() == 0
    done.set()
    for client in clients:
        client.join()
    assert faults == []
    stored: list[str] = []
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as http:
        while page := http.get(url, params={"skip": len(stored), "limit": 1000}).json()["data"]:
            stored += [item["title"] for item in page]
    assert sorted(stored) == sorted(sent)


def test_request_in_flight_is_finished_by_the_replaced_process(start: Callable[..., Backend]) -> None:
    old = start()
    body = json.dumps({"title": "Slowly"}).encode()
    new = start(CANDIDATE="true")
    with socket.create_connection(("127.0.0.1", old.ready["port"])) as slow:
        slow.sendall(
            f"POST /api/v1/items/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Launch-Token: {old.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        slow.sendall(body[:5])
        send_command(new, "serve")
        new.read_event()
        send_command(old, "drain")
        with new.client() as client:  # gives the replaced process time to exit if it does not wait for the response
            for _ in range(20):
                client.get("items/").raise_for_status()
        slow.sendall(body[5:])
        assert slow.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
    assert old.wait() == 0
    assert new.stop() == 0


def test_candidate_without_inherited_lock_fails(start: Callable[..., Backend], tmp_path: Path) -> None:
    first = start()
    other = os.open(tmp_path / "other.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for lock in (None, other):
            second = start(lock, CANDIDATE="true")
            assert second.events[0]["code"] == "data_dir_in_use"
            assert f"(process {first.process.pid}" in second.events[0]["message"]
    finally:
        os.close(other)
    assert first.stop() == 0


def test_candidate_does_not_migrate(start: Callable[..., Backend], tmp_path: Path) -> None:
    copy_source(tmp_path / "next")
    head = max((tmp_path / "next" / "app" / "alembic" / "versions").glob("*.py"))
    revision = start().ready["schema_revision"]
    new = f'"""One more."""\n\nrevision = "9999"\ndown_revision = "{revision}"\n\n\ndef upgrade() -> None:\n    pass\n'
    head.with_name("9999_more.py").write_text(new)
    refused = start(CANDIDATE="true", source=tmp_path / "next")
    assert refused.events[0]["code"] == "schema_differs"
    assert revision in refused.events[0]["message"]
    assert "9999" in refused.events[0]["message"]


def test_candidate_with_columns_without_migration_fails(start: Callable[..., Backend], tmp_path: Path) -> None:
    start()
    edited = copy_source(tmp_path / "edited")
    models = edited / "models" / "user.py"
    table = "class User(UserBase, table=True):\n"
    text = models.read_text("utf-8")
    assert table in text
    models.write_text(text.replace(table, f"{table}    due_at: datetime | None = None\n"), "utf-8")
    refused = start(CANDIDATE="true", source=edited.parent)
    assert refused.events[0]["code"] == "schema_differs"
    assert "user.due_at" in refused.events[0]["message"]
    assert "make migration" in refused.events[0]["message"]
