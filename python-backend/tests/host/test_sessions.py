"""A session per request, in a minimal app."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from backend_host.database.sessions import postgres_sessions, sqlite_sessions
from backend_host.database.sqlite import create_sqlite_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_sqlite_engine(f"sqlite:///{tmp_path / 'app.db'}")
    yield engine
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_session_is_closed_after_each_request(engine: Engine, kind: str) -> None:
    sessions: list[Session] = []

    def open_session() -> Session:
        sessions.append(session := Session(engine))
        return session

    get_session = sqlite_sessions(open_session) if kind == "sqlite" else postgres_sessions(open_session, nullcontext)
    app = FastAPI()

    @app.get("/{number}")
    def divide(number: int, session: Annotated[Session, Depends(get_session, scope="function")]) -> int:
        assert session.in_transaction() is False
        one: int = session.execute(text("SELECT 1")).scalar_one()
        return one // number

    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/1").json() == 1
        assert client.get("/0").status_code == 500
    assert [session.in_transaction() for session in sessions] == [False, False]
