"""Imports, queries and socket options that affect the duration of starts and responses. No test measures time."""

import socket
import subprocess
import sys
import uuid
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session

from app import crud
from app.core.db import engine
from app.core.settings import Settings
from app.models import DEFAULT_USER_ID, Principal
from backend_host.serving import sockets
from tests.backend_process import ENVIRONMENT, ON_POSTGRES, SOURCE

UNWANTED = ("alembic", "argon2", "bcrypt", "jwt", "pwdlib")
"""Packages that the first request does not need."""


def run_fresh(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a new interpreter that can import the app."""
    command = [sys.executable, "-I", "-B", *options, "-c", f"import sys; sys.path.insert(0, sys.argv[1])\n{code}"]
    return subprocess.run([*command, str(SOURCE)], env=ENVIRONMENT, capture_output=True, text=True)


def test_app_import_does_not_load_packages_of_later_requests() -> None:
    ran = run_fresh(f"import app.main; print([n for n in {UNWANTED} if n in sys.modules])")
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr


PRINT_BUILT_MODELS = """
from backend_host.serving import server
assert "fastapi" not in sys.modules
server.import_fastapi()
from app.main import app
from pydantic import BaseModel
from fastapi.openapi.models import OpenAPI
models = BaseModel.__subclasses__()
for model in models:
    models += model.__subclasses__()
print(OpenAPI.__pydantic_complete__, [m for m in models if m.__module__.startswith("app.") and not m.__pydantic_complete__])
app.openapi()
print(OpenAPI.__pydantic_complete__)
"""


def test_app_import_builds_app_models_but_not_openapi_models() -> None:
    ran = run_fresh(PRINT_BUILT_MODELS, "-W", "error")
    assert ran.stdout.splitlines() == ["False []", "True"], ran.stdout + ran.stderr


def test_error_responses_have_no_model() -> None:
    # FastAPI would build a validator of `model` for each of hundreds of error responses.
    from app.api.errors import COMMON_ERRORS, RATE_LIMITED

    assert not [status for status, described in {**COMMON_ERRORS, **RATE_LIMITED}.items() if "model" in described]


@pytest.mark.parametrize("inherited", [False, True])
def test_accepted_connections_have_tcp_nodelay(listening_socket: socket.socket, inherited: bool) -> None:
    settings = Settings(HOST="127.0.0.1", PORT=0, LISTEN_FD=listening_socket.detach() if inherited else None)
    with sockets.listen(settings) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_item_page_runs_two_statements_and_create_runs_one(client: TestClient) -> None:
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement.split()[0])

    event.listen(engine, "before_cursor_execute", record)
    try:
        client.post("/api/v1/items/", json={"title": "One"}).raise_for_status()
        client.get("/api/v1/items/").raise_for_status()
    finally:
        event.remove(engine, "before_cursor_execute", record)
    assert statements == ["INSERT", "SELECT", "SELECT"], "the count and the page; with auth off no user is looked up"


def test_item_page_skips_at_most_half_of_the_items(client: TestClient) -> None:
    for number in range(9):
        client.post("/api/v1/items/", json={"title": f"{number}"}).raise_for_status()
    skipped: list[int] = []

    def record(
        _connection: object,
        _cursor: object,
        statement: str,
        parameters: dict[str, object] | tuple[object, ...],
        *_more: object,
    ) -> None:
        if "OFFSET" in statement:
            values = list(parameters.values()) if isinstance(parameters, dict) else parameters
            skipped.append(int(str(values[-1])))

    event.listen(engine, "before_cursor_execute", record)
    try:
        for skip in range(12):
            client.get("/api/v1/items/", params={"skip": skip, "limit": 2}).raise_for_status()
    finally:
        event.remove(engine, "before_cursor_execute", record)
    assert skipped == [0, 1, 2, 3, 4, 2, 1, 0, 0, 0, 0, 0]


def test_item_page_creates_no_uuid_objects(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    created_uuids: list[str] = []
    original_init = uuid.UUID.__init__

    def record(it: uuid.UUID, *given: Any, **named: Any) -> None:
        original_init(it, *given, **named)
        created_uuids.append(str(it))

    created = client.post("/api/v1/items/", json={"title": "One"}).json()
    monkeypatch.setattr(uuid.UUID, "__init__", record)
    assert client.get("/api/v1/items/").json()["data"] == [created]
    assert not {created["id"], created["owner_id"]} & set(created_uuids)
    # Reading one item loads an ORM entity with UUID objects, which psycopg creates without __init__.
    assert client.get(f"/api/v1/items/{created['id']}").json() == created
    assert ON_POSTGRES or created["id"] in created_uuids


def test_item_page_returns_ids_as_stored_text(client: TestClient, session: Session) -> None:
    created = client.post("/api/v1/items/", json={"title": "One"}).json()
    principal = Principal(DEFAULT_USER_ID, is_superuser=True)
    (item,), _ = crud.list_items(session=session, principal=principal, skip=0, limit=1)
    assert (item["id"], item["owner_id"]) == (created["id"], created["owner_id"])
    assert {type(item["id"]), type(item["owner_id"])} == {str}
