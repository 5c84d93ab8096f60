"""What keeps a start and an answer quick, without a clock."""

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
from app.models import DEFAULT_USER_ID, Viewer
from backend_host.serving import sockets
from tests.backend_process import ENVIRONMENT, ON_SERVER, SOURCE

UNWANTED = ("alembic", "argon2", "bcrypt", "jwt", "pwdlib")
"""What the first request does not need."""


def run_fresh(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run code that may import the app, in an interpreter that has imported nothing of it."""
    command = [sys.executable, "-I", "-B", *options, "-c", f"import sys; sys.path.insert(0, sys.argv[1])\n{code}"]
    return subprocess.run([*command, str(SOURCE)], env=ENVIRONMENT, capture_output=True, text=True)


def test_the_app_is_imported_without_what_only_later_requests_need() -> None:
    ran = run_fresh(f"import app.main; print([n for n in {UNWANTED} if n in sys.modules])")
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr


BUILT = """
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


def test_a_start_builds_the_apps_validators_and_not_those_of_an_openapi_document() -> None:
    ran = run_fresh(BUILT, "-W", "error")
    assert ran.stdout.splitlines() == ["False []", "True"], ran.stdout + ran.stderr


def test_no_route_has_validators_built_for_its_errors() -> None:
    # Each costs as much as one of an answer's own, and there are hundreds: they are described by name instead.
    from app.api.errors import COMMON_ERRORS, RATE_LIMITED

    assert not [status for status, described in {**COMMON_ERRORS, **RATE_LIMITED}.items() if "model" in described]


@pytest.mark.parametrize("handed_over", [False, True])
def test_accepted_connections_do_not_wait_to_send(listening_socket: socket.socket, handed_over: bool) -> None:
    settings = Settings(HOST="127.0.0.1", PORT=0, LISTEN_FD=listening_socket.detach() if handed_over else None)
    with sockets.listen(settings) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_page_takes_two_statements_and_a_new_item_one(client: TestClient) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement.split()[0])

    event.listen(engine, "before_cursor_execute", note)
    try:
        client.post("/api/v1/items/", json={"title": "One"}).raise_for_status()
        client.get("/api/v1/items/").raise_for_status()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked == ["INSERT", "SELECT", "SELECT"], "the count and the page; with auth off no user is looked up"


def test_no_page_skips_more_than_half_of_the_items(client: TestClient) -> None:
    for number in range(9):
        client.post("/api/v1/items/", json={"title": f"{number}"}).raise_for_status()
    skipped: list[int] = []

    def note(
        _connection: object,
        _cursor: object,
        statement: str,
        parameters: dict[str, object] | tuple[object, ...],
        *_more: object,
    ) -> None:
        if "OFFSET" in statement:
            values = list(parameters.values()) if isinstance(parameters, dict) else parameters
            skipped.append(int(str(values[-1])))

    event.listen(engine, "before_cursor_execute", note)
    try:
        for skip in range(12):
            client.get("/api/v1/items/", params={"skip": skip, "limit": 2}).raise_for_status()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert skipped == [0, 1, 2, 3, 4, 2, 1, 0, 0, 0, 0, 0]


def test_a_page_makes_no_uuid_of_an_items_ids(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = uuid.UUID.__init__

    def note(it: uuid.UUID, *given: Any, **named: Any) -> None:
        make(it, *given, **named)
        made.append(str(it))

    created = client.post("/api/v1/items/", json={"title": "One"}).json()
    monkeypatch.setattr(uuid.UUID, "__init__", note)
    assert client.get("/api/v1/items/").json()["data"] == [created]
    assert not {created["id"], created["owner_id"]} & set(made)
    # One alone is an entity, and makes them; psycopg its own way, without __init__.
    assert client.get(f"/api/v1/items/{created['id']}").json() == created
    assert ON_SERVER or created["id"] in made


def test_a_page_has_its_ids_as_the_text_that_the_database_sent(client: TestClient, session: Session) -> None:
    created = client.post("/api/v1/items/", json={"title": "One"}).json()
    viewer = Viewer(DEFAULT_USER_ID, is_superuser=True)
    (item,), _ = crud.list_items(session=session, viewer=viewer, skip=0, limit=1)
    assert (item["id"], item["owner_id"]) == (created["id"], created["owner_id"])
    assert {type(item["id"]), type(item["owner_id"])} == {str}
