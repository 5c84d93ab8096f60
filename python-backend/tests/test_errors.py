"""Status codes and error codes of client errors, database errors and disk errors."""

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
from tests.backend_process import Backend, Launch

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
def test_invalid_body_is_rejected(client: TestClient, body: bytes, headers: dict[str, str], status: int) -> None:
    response = client.post(ITEMS, content=body, headers=headers)
    assert response.status_code == status, response.text
    if status == 422:
        assert all(set(error) == {"loc", "msg", "type"} for error in response.json()["detail"])
        assert response.headers["X-Error-Code"] == "invalid_request"


def test_validation_error_does_not_echo_input(client: TestClient) -> None:
    assert "s3cret" not in client.post(ITEMS, json={"title": ["s3cret"]}).text


@pytest.mark.parametrize(
    "path", ["items/%00", "items/%ff", f"items/{'9' * 5_000}", "items/?skip=1e5", "items/?sort=%ff"]
)
def test_invalid_path_or_query_is_rejected(client: TestClient, path: str) -> None:
    assert client.get(f"/api/v1/{path}").status_code == 422


def test_search_with_invalid_utf8_matches_nothing(client: TestClient) -> None:
    assert client.get(f"{ITEMS}?search=%ff%fe%fd").json() == {"data": [], "count": 0}


def chunked(size: int) -> Iterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1024


@pytest.mark.parametrize("with_content_length", [True, False])
def test_body_above_size_limit_is_rejected(client: TestClient, with_content_length: bool) -> None:
    size = body_limit.MAX_BODY_BYTES + 1024
    response = client.post(ITEMS, content=b"x" * size if with_content_length else chunked(size), headers=JSON)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    fits = b'{"title": "a"}' + b" " * (body_limit.MAX_BODY_BYTES - 14)
    assert client.post(ITEMS, content=fits, headers=JSON).status_code == 200


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "Multipart/form-data; boundary=x"])
def test_form_above_size_limit_is_rejected(client: TestClient, media_type: str) -> None:
    login, headers = "/api/v1/login/access-token", {"Content-Type": media_type}
    response = client.post(login, content=b"a" * (body_limit.MAX_FORM_BYTES + 1), headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert client.post(login, content=b"a" * body_limit.MAX_FORM_BYTES, headers=headers).status_code in {400, 422}
    rows = b"[" + b" " * body_limit.MAX_FORM_BYTES + b"]"
    assert client.post(f"{ITEMS}import", content=rows, headers=headers).status_code == 200, (
        "curl sends files with this media type"
    )


def test_large_body_of_get_request_is_rejected_or_ignored(launch: Launch) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Existing"}).raise_for_status()
        for path in ("items/export", "items/", "utils/health-check/", "nothing-here"):
            response = client.request("GET", path, content=b"x" * body_limit.MAX_BODY_BYTES * 2)
            assert (response.status_code, response.json()["code"]) == (413, "body_too_large"), path
        for path in ("items/export", "items/"):
            response = client.request("GET", path, content=chunked(body_limit.MAX_BODY_BYTES * 4))
            assert response.status_code in {200, 413}, "the response may begin before the limit is reached"
    assert backend.stop() == 0
    assert "Traceback" not in "".join(backend.log)


def begin_upload(backend: Backend, path: str, length: int) -> socket.socket:
    """Send the head of a POST request with this Content-Length, and return the connection."""
    connection = socket.create_connection((backend.ready["address"], backend.ready["port"]), timeout=10)
    connection.sendall(
        f"POST /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nX-Launch-Token: {backend.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    return connection


@pytest.mark.parametrize("path", ["items/", "items/import"])
def test_large_body_is_rejected_by_content_length(launch: Launch, path: str) -> None:
    backend = launch()
    with begin_upload(backend, path, 10**12) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("path", ["items/", "items/import"])
def test_disconnect_during_upload_is_not_logged_as_error(launch: Launch, path: str) -> None:
    backend = launch()
    with begin_upload(backend, path, 100) as connection:
        connection.sendall(b"[")
    assert backend.stop() == 0
    assert "Traceback" not in "".join(backend.log)


@pytest.fixture
def pragma(client: TestClient, session: Session) -> Iterator[list[str]]:
    """Statements that each connection of the app runs at checkout."""
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
def test_full_disk_returns_507_and_reads_succeed(client: TestClient, pragma: list[str]) -> None:
    client.post(ITEMS, json={"title": "Existing"}).raise_for_status()
    with closing(sqlite3.connect(settings.DATA_DIR / "app.db")) as connection:
        connection.execute("VACUUM")  # so that no free pages are left
    pragma.append("PRAGMA max_page_count = 1")  # raised to the pages in use
    rows = [{"title": f"Item {number}", "description": "x" * 255} for number in range(5_000)]
    response = client.post(f"{ITEMS}import", json=rows)
    assert (response.status_code, response.json()["code"]) == (507, "disk_full")
    assert [item["title"] for item in client.get(ITEMS).json()["data"]] == ["Existing"]


@pytest.mark.desktop
def test_connection_is_invalidated_after_full_disk(client: TestClient, pragma: list[str]) -> None:
    with closing(sqlite3.connect(settings.DATA_DIR / "app.db")) as connection:
        connection.execute("VACUUM")
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


ITEM_PATHS = ["items/", "items/?search=existing", "items/export?format=csv", "items/export?format=json"]


@pytest.fixture
def delete_database() -> Iterator[None]:
    """Delete the database after the test."""
    yield
    engine.dispose()
    for path in settings.DATA_DIR.glob("app.db*"):
        with suppress(PermissionError):  # Windows can't delete open files, and a traceback may reference a cursor
            path.unlink()
    (settings.DATA_DIR / "secret_key").unlink(missing_ok=True)


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("statement", "path"),
    [
        ("UPDATE item SET title = CAST(x'73656372ff' AS TEXT)", ""),
        ("UPDATE item SET description = CAST(x'73656372e2' AS TEXT)", ""),
        ("UPDATE item SET description = CAST(x'73656372c0' AS TEXT)", "{id}"),
        ("DROP TABLE item_search_data", "?search=existing"),
    ],
)
def test_undecodable_value_returns_database_damaged_and_is_not_logged(
    delete_database: None, client: TestClient, caplog: pytest.LogCaptureFixture, statement: str, path: str
) -> None:
    item = client.post(ITEMS, json={"title": "Existing"}).json()
    damage(statement)
    response = client.get(ITEMS + path.format(id=item["id"]))
    assert (response.status_code, response.json()["code"]) == (503, "database_damaged")
    assert "secr" not in caplog.text + response.text


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
def test_value_of_wrong_type_returns_database_damaged(
    delete_database: None, client: TestClient, statement: str, paths: list[str]
) -> None:
    client.post(ITEMS, json={"title": "Existing"}).raise_for_status()
    damage(statement)
    for path in paths:
        response = client.get(f"/api/v1/{path}")
        assert (response.status_code, response.json()["code"]) == (503, "database_damaged"), path


def damage(statement: str) -> None:
    with closing(sqlite3.connect(settings.DATA_DIR / "app.db")) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("DROP TRIGGER IF EXISTS item_search_changed")
        connection.execute(statement)
        connection.commit()


@pytest.mark.desktop
def test_read_only_database_returns_503_and_reads_succeed(client: TestClient, pragma: list[str]) -> None:
    item = client.post(ITEMS, json={"title": "Existing"}).json()
    pragma.append("PRAGMA query_only = ON")
    for method, path, body in (
        ("POST", ITEMS, {"title": "New"}),
        ("PUT", ITEMS + item["id"], {"title": "New"}),
        ("DELETE", ITEMS + item["id"], None),
        ("POST", f"{ITEMS}import", [{"title": "New"}]),
    ):
        response = client.request(method, path, json=body)
        assert (response.status_code, response.json()["code"]) == (503, "read_only"), method
    assert client.get(ITEMS).json()["data"] == [item]


@pytest.mark.desktop
def test_locked_database_returns_503_with_retry_after(client: TestClient, session: Session, pragma: list[str]) -> None:
    pragma.append("PRAGMA busy_timeout = 50")
    session.connection().exec_driver_sql("BEGIN IMMEDIATE")
    response = client.post(ITEMS, json={"title": "New"})
    assert (response.status_code, response.json()["code"]) == (503, "database_busy")
    assert response.headers["retry-after"] == "1"
    assert "Traceback" not in response.text
    session.rollback()
    assert client.post(ITEMS, json={"title": "New"}).status_code == 200


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("number", "status", "code"), [(errno.ENOSPC, 507, "disk_full"), (errno.EROFS, 503, "read_only")]
)
def test_backup_that_cannot_be_written_returns_code_of_cause(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, number: int, status: int, code: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", fail)
    response = client.post("/api/v1/backups/")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert list((settings.DATA_DIR / "backups").iterdir()) == []


@pytest.mark.desktop
def test_file_named_backups_returns_path_conflict(client: TestClient) -> None:
    shutil.rmtree(settings.DATA_DIR / "backups", ignore_errors=True)
    (settings.DATA_DIR / "backups").touch()
    try:
        response = client.post("/api/v1/backups/")
    finally:
        (settings.DATA_DIR / "backups").unlink()
    assert (response.status_code, response.json()["code"]) == (503, "path_conflict")
    assert response.json()["detail"].startswith("backups in the data dir is")


def test_unhandled_exception_returns_500_with_cors_and_no_details(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("inner workings")

    monkeypatch.setattr(backup, "list_all", fail)
    with TestClient(app) as client:  # raises exceptions that no middleware handles
        response = client.get("/api/v1/backups/")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "inner workings" not in response.text
    assert "ZeroDivisionError: inner workings" in caplog.text
    layers: list[object] = [layer.cls for layer in app.user_middleware]  # outermost first
    assert layers.index(CORSMiddleware) < layers.index(ErrorResponseMiddleware)  # otherwise browsers hide the response


@pytest.mark.desktop
def test_restore_of_locked_database_times_out(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend_host.database.restore.BUSY_TIMEOUT_MS", 50)
    created = client.post("/api/v1/backups/").json()
    session.connection().exec_driver_sql("BEGIN IMMEDIATE")
    response = client.post(f"/api/v1/backups/{created['name']}/restore")
    assert (response.status_code, response.json()["code"]) == (503, "database_busy")
    session.rollback()
    assert client.post(f"/api/v1/backups/{created['name']}/restore").status_code == 200
    shutil.rmtree(settings.DATA_DIR / "backups")


@pytest.mark.desktop
def test_restore_on_full_disk_returns_507_and_changes_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        with closing(sqlite3.connect(":memory:")) as full:
            full.execute("CREATE TABLE a (b)")
            full.execute("PRAGMA max_page_count = 1")
            full.execute("CREATE TABLE c (d)")

    monkeypatch.setattr("backend_host.database.restore._replace_content", fail)
    item = client.post(ITEMS, json={"title": "Existing"}).json()
    created = client.post("/api/v1/backups/").json()
    response = client.post(f"/api/v1/backups/{created['name']}/restore")
    assert (response.status_code, response.json()["code"]) == (507, "disk_full")
    assert client.get(ITEMS).json()["data"] == [item]
    shutil.rmtree(settings.DATA_DIR / "backups")
