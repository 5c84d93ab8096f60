"""What a client can do wrong, and what can go wrong underneath, has a status and a code; nothing of it is a 500."""

import errno
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session
from starlette.middleware.cors import CORSMiddleware

from app.core.config import settings
from app.core.db import engine
from app.main import app
from backend_host.database import backup
from backend_host.http import body_limit
from backend_host.http.error_middleware import ErrorResponseMiddleware
from tests.backend_process import Launch

ITEMS = "/api/v1/items/"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"title": "a\\u0000b"}', JSON, 422),
        (b'{"title": "\\ud800"}', JSON, 422),
        (b'{"title": "ok", "description": "\\udfff"}', JSON, 422),
        (b'{"title": "\xff\xfe"}', JSON, 400),
        (b'{"title": ' + b"9" * 5_000 + b"}", JSON, 400),
        (b'{"title": 1e999}', JSON, 422),
        (b'{"title": NaN}', JSON, 422),
        (b'{"title": {"\\ud800": NaN}}', JSON, 422),
        (b"[" * 100_000, JSON, 400),
        (b"{", JSON, 422),
        (b"", JSON, 422),
        (b"null", JSON, 422),
        (b'{"title": "a"}', {"Content-Type": "text/plain"}, 422),
        (b'{"title": "a"}', {"Content-Type": "application/x-www-form-urlencoded"}, 422),
        (b'{"title": "a"}', {"Content-Type": "multipart/form-data; boundary=x"}, 422),
        (b'{"title": "a"}', {"Content-Type": "nonsense"}, 422),
        (b'{"title": "a"}', {"Content-Type": "application/json; charset=utf-99"}, 200),
    ],
)
def test_a_body_that_is_none_is_refused(client: TestClient, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = client.post(ITEMS, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert all(set(fault) == {"loc", "msg", "type"} for fault in answer.json()["detail"])


def test_what_was_refused_is_not_sent_back(client: TestClient) -> None:
    assert "s3cret" not in client.post(ITEMS, json={"title": ["s3cret"]}).text


@pytest.mark.parametrize(
    "path", ["items/%00", "items/%ff", f"items/{'9' * 5_000}", "items/?skip=1e5", "items/?sort=%ff"]
)
def test_an_address_that_is_none_is_refused(client: TestClient, path: str) -> None:
    assert client.get(f"/api/v1/{path}").status_code == 422


def test_a_search_in_bytes_that_are_no_text_finds_nothing(client: TestClient) -> None:
    assert client.get(f"{ITEMS}?search=%ff%fe%fd").json() == {"data": [], "count": 0}


def chunked(size: int) -> Iterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1024


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_more_than_a_megabyte_is_refused(client: TestClient, announced: bool) -> None:
    size = body_limit.MAX_BODY_BYTES + 1024
    answer = client.post(ITEMS, content=b"x" * size if announced else chunked(size), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    fits = b'{"title": "a"}' + b" " * (body_limit.MAX_BODY_BYTES - 14)
    assert client.post(ITEMS, content=fits, headers=JSON).status_code == 200


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "Multipart/form-data; boundary=x"])
def test_a_form_of_more_than_a_login_needs_is_refused(client: TestClient, media_type: str) -> None:
    login, headers = "/api/v1/login/access-token", {"Content-Type": media_type}
    answer = client.post(login, content=b"a" * (body_limit.MAX_FORM_BYTES + 1), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert client.post(login, content=b"a" * body_limit.MAX_FORM_BYTES, headers=headers).status_code in {400, 422}
    rows = b"[" + b" " * body_limit.MAX_FORM_BYTES + b"]"
    assert client.post(f"{ITEMS}import", content=rows, headers=headers).status_code == 200, "as curl sends a file"


def test_a_large_body_that_nobody_reads_is_refused_too_or_passed_over(launch: Launch) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Kept"}).raise_for_status()
        for path in ("items/export", "items/", "utils/health-check/", "nothing-here"):
            answer = client.request("GET", path, content=b"x" * body_limit.MAX_BODY_BYTES * 2)
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large"), path
        for path in ("items/export", "items/"):
            answer = client.request("GET", path, content=chunked(body_limit.MAX_BODY_BYTES * 4))
            assert answer.status_code in {200, 413}, "as soon as the answer had begun"
    assert backend.stop() == 0
    assert "Traceback" not in "".join(backend.log)


@pytest.mark.parametrize("path", ["items/", "items/import"])
def test_a_large_body_is_refused_before_it_is_sent(launch: Launch, path: str) -> None:
    backend = launch()
    with socket.create_connection((backend.ready["address"], backend.ready["port"]), timeout=10) as connection:
        connection.sendall(
            f"POST /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nX-Launch-Token: {backend.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {10**12}\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.fixture
def pragma(client: TestClient, session: Session) -> Iterator[list[str]]:
    """Statements that every connection of the app runs before its next use."""
    statements: list[str] = []

    def run(connection: sqlite3.Connection, *_: object) -> None:
        for statement in statements:
            connection.execute(statement)

    session.close()
    event.listen(engine, "checkout", run)
    yield statements
    event.remove(engine, "checkout", run)
    engine.dispose()


@pytest.mark.desktop
def test_a_full_disk_is_507_and_what_was_there_can_be_read(client: TestClient, pragma: list[str]) -> None:
    client.post(ITEMS, json={"title": "Kept"}).raise_for_status()
    with closing(sqlite3.connect(settings.DATA_DIR / "app.db")) as own:
        own.execute("VACUUM")  # room that other tests left would be used first
    pragma.append("PRAGMA max_page_count = 1")  # the least there can be: what is in use now
    rows = [{"title": f"Item {number}", "description": "x" * 255} for number in range(5_000)]
    answer = client.post(f"{ITEMS}import", json=rows)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert [item["title"] for item in client.get(ITEMS).json()["data"]] == ["Kept"]


@pytest.mark.desktop
def test_a_connection_that_found_the_disk_full_is_not_used_again(client: TestClient, pragma: list[str]) -> None:
    with closing(sqlite3.connect(settings.DATA_DIR / "app.db")) as own:
        own.execute("VACUUM")
    pragma.append("PRAGMA max_page_count = 1")
    rows = [{"title": f"Item {number}", "description": "x" * 255} for number in range(5_000)]
    closed: list[object] = []

    def close(connection: object, *_: object) -> None:
        closed.append(connection)

    event.listen(engine, "invalidate", close)
    try:
        assert client.post(f"{ITEMS}import", json=rows).status_code == 507
    finally:
        event.remove(engine, "invalidate", close)
    assert len(closed) == 1


ITEM_PATHS = ["items/", "items/?search=kept", "items/export?format=csv", "items/export?format=json"]


@pytest.fixture
def disposable() -> Iterator[None]:
    """Deletes the database after the test."""
    yield
    engine.dispose()
    for path in settings.DATA_DIR.glob("app.db*"):
        with suppress(PermissionError):  # Windows deletes no open file, and a traceback may hold a cursor
            path.unlink()
    (settings.DATA_DIR / "secret_key").unlink(missing_ok=True)


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("statement", "path"),
    [
        ("UPDATE item SET title = CAST(x'73656372ff' AS TEXT)", ""),
        ("UPDATE item SET description = CAST(x'73656372e2' AS TEXT)", ""),
        ("UPDATE item SET description = CAST(x'73656372c0' AS TEXT)", "{id}"),
        ("DROP TABLE item_search_data", "?search=kept"),
    ],
)
def test_a_value_that_can_not_be_decoded_is_a_damaged_database_and_is_not_logged(
    disposable: None, client: TestClient, caplog: pytest.LogCaptureFixture, statement: str, path: str
) -> None:
    item = client.post(ITEMS, json={"title": "Kept"}).json()
    harm(statement)
    answer = client.get(ITEMS + path.format(id=item["id"]))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_damaged")
    assert "secr" not in caplog.text + answer.text


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("statement", "paths"),
    [
        *((f"UPDATE item SET created_at = {value}", ITEM_PATHS) for value in ("'yesterday'", "5", "x'01'")),
        ("UPDATE item SET id = 'no uuid'", ITEM_PATHS),
        ("UPDATE item SET id = x'01'", ITEM_PATHS),
        ("UPDATE user SET email = x'ff'", ["users/me"]),
        ("UPDATE user SET created_at = 'x'", ["users/me"]),
    ],
)
def test_a_value_of_another_type_is_a_damaged_database(
    disposable: None, client: TestClient, statement: str, paths: list[str]
) -> None:
    client.post(ITEMS, json={"title": "Kept"}).raise_for_status()
    harm(statement)
    for path in paths:
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_damaged"), path


def harm(statement: str) -> None:
    with closing(sqlite3.connect(settings.DATA_DIR / "app.db")) as own:
        own.execute("PRAGMA foreign_keys=OFF")
        own.execute("DROP TRIGGER IF EXISTS item_search_changed")
        own.execute(statement)
        own.commit()


@pytest.mark.desktop
def test_a_read_only_data_dir_is_503_and_what_is_there_can_be_read(client: TestClient, pragma: list[str]) -> None:
    item = client.post(ITEMS, json={"title": "Kept"}).json()
    pragma.append("PRAGMA query_only = ON")
    for method, path, body in (
        ("POST", ITEMS, {"title": "New"}),
        ("PUT", ITEMS + item["id"], {"title": "New"}),
        ("DELETE", ITEMS + item["id"], None),
        ("POST", f"{ITEMS}import", [{"title": "New"}]),
    ):
        answer = client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (503, "read_only"), method
    assert client.get(ITEMS).json()["data"] == [item]


@pytest.mark.desktop
def test_a_database_locked_for_too_long_is_503_and_says_to_try_again(
    client: TestClient, session: Session, pragma: list[str]
) -> None:
    pragma.append("PRAGMA busy_timeout = 50")
    session.connection().exec_driver_sql("BEGIN IMMEDIATE")
    answer = client.post(ITEMS, json={"title": "New"})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
    assert answer.headers["retry-after"] == "1"
    assert "Traceback" not in answer.text
    session.rollback()
    assert client.post(ITEMS, json={"title": "New"}).status_code == 200


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("number", "status", "code"), [(errno.ENOSPC, 507, "disk_full"), (errno.EROFS, 503, "read_only")]
)
def test_a_backup_with_nowhere_to_go_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, number: int, status: int, code: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", fail)
    answer = client.post("/api/v1/backups/")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list((settings.DATA_DIR / "backups").iterdir()) == []


@pytest.mark.desktop
def test_a_file_in_the_place_of_the_backups_folder_is_said(client: TestClient) -> None:
    shutil.rmtree(settings.DATA_DIR / "backups", ignore_errors=True)
    (settings.DATA_DIR / "backups").touch()
    try:
        answer = client.post("/api/v1/backups/")
    finally:
        (settings.DATA_DIR / "backups").unlink()
    assert (answer.status_code, answer.json()["code"]) == (503, "in_the_way")
    assert answer.json()["detail"].startswith("backups in the data dir is")


def test_a_bug_is_a_500_that_a_page_can_read_and_that_says_nothing_of_it(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("inner workings")

    monkeypatch.setattr(backup, "list_all", fail)
    with TestClient(app) as client:  # which raises what no layer of the app's own has answered
        answer = client.get("/api/v1/backups/")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "inner workings" not in answer.text
    assert "ZeroDivisionError: inner workings" in caplog.text
    layers: list[object] = [layer.cls for layer in app.user_middleware]  # the outermost first
    assert layers.index(CORSMiddleware) < layers.index(ErrorResponseMiddleware)  # else a page is not shown the answer


@pytest.mark.desktop
def test_a_restore_waits_for_a_locked_database_only_so_long(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend_host.database.restore.BUSY_TIMEOUT_MS", 50)
    made = client.post("/api/v1/backups/").json()
    session.connection().exec_driver_sql("BEGIN IMMEDIATE")
    answer = client.post(f"/api/v1/backups/{made['name']}/restore")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
    session.rollback()
    assert client.post(f"/api/v1/backups/{made['name']}/restore").status_code == 200
    shutil.rmtree(settings.DATA_DIR / "backups")


@pytest.mark.desktop
def test_a_restore_that_finds_the_disk_full_is_507_and_changes_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        with closing(sqlite3.connect(":memory:")) as full:
            full.execute("CREATE TABLE a (b)")
            full.execute("PRAGMA max_page_count = 1")
            full.execute("CREATE TABLE c (d)")

    monkeypatch.setattr("backend_host.database.restore._replace_content", fail)
    item = client.post(ITEMS, json={"title": "Kept"}).json()
    made = client.post("/api/v1/backups/").json()
    answer = client.post(f"/api/v1/backups/{made['name']}/restore")
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert client.get(ITEMS).json()["data"] == [item]
    shutil.rmtree(settings.DATA_DIR / "backups")
