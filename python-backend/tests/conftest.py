"""Fixtures of the backend tests. With TEST_DATABASE_URL (`make test-server`), the tests use that PostgreSQL database."""

import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlmodel import Session, delete

import tests.environment  # noqa: F401 (sets environment variables before the app is imported)
from app.api.login_throttle import throttle
from app.core.config import settings
from app.core.db import init_db
from app.main import app
from app.models import Item, RecoveryCode, User
from backend_host.database import postgres
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.security import password_hash
from tests.backend_process import (
    ENVIRONMENT,
    ON_POSTGRES,
    RUN_SOURCE,
    SOURCE,
    Backend,
    Launch,
    LauncherHandles,
)

GENERATED = re.compile("generated|schema|match_document")
"""Matches `-k` expressions that select the generated requests of test_api_schema.py."""

if ON_POSTGRES:
    settings.AUTH_REQUIRED = False  # server mode turns it on, but most tests need it off
    settings.OPEN_REGISTRATION = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests as `_deselect_generated` and `_deselect_desktop` describe."""
    _deselect_generated(config, items)
    if ON_POSTGRES:
        _deselect_desktop(config, items)


def _deselect_generated(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect requests generated from the OpenAPI document unless the `-k` expression matches GENERATED.

    Their test ids contain the paths of all routes, so `-k items` would run them for minutes. Use `-k "items and generated"`.
    """
    if (expression := config.option.keyword) and not GENERATED.search(expression):
        generated = [item for item in items if item.get_closest_marker("generated")]
        config.hook.pytest_deselected(items=generated)
        items[:] = [item for item in items if item not in generated]


def _deselect_desktop(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, deselect tests marked `desktop` and tests that start processes with a SQLite database."""
    desktop = [
        item
        for item in items
        if item.path.parent.name == "tests"
        and (item.get_closest_marker("desktop") or "launch" in getattr(item, "fixturenames", ()))
    ]
    config.hook.pytest_deselected(items=desktop)
    items[:] = [item for item in items if item not in desktop]


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Use the cheapest Argon2 parameters in this process. Processes that tests start use the app's."""
    with pytest.MonkeyPatch.context() as patched:
        cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1), BcryptHasher()))
        patched.setattr(password_hash, "_hasher", lambda: cheap)
        yield


@pytest.fixture
def session() -> Generator[Session]:
    """A session on a database that contains only the default user."""
    url = settings.SQLALCHEMY_DATABASE_URI  # with a separate engine, because the app disposes of its engine at shutdown
    engine = postgres.create_postgres_engine(url, 2) if ON_POSTGRES else create_sqlite_engine(url)
    with Session(engine) as session:
        init_db(session)
        session.exec(delete(Item))
        session.exec(delete(RecoveryCode))
        session.exec(delete(User))
        session.commit()
        init_db(session)
        throttle.clear()
        yield session
    engine.dispose()


@pytest.fixture
def client(session: Session) -> Generator[TestClient]:
    """A client of the app in this process, with authentication off."""
    with TestClient(app) as client:
        yield client


@pytest.fixture
def auth_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn authentication on."""
    monkeypatch.setattr(settings, "AUTH_REQUIRED", True)


@pytest.fixture
def frozen_throttle_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of the login throttle, so that its first delay (1 s) does not end during the test."""
    monkeypatch.setattr(throttle, "_clock", lambda: 0.0)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Return a function that starts backends from source as processes, which are killed after the test."""
    started: list[Backend] = []

    def start(
        *arguments: str,
        data_dir: Path = tmp_path / "data",
        wait: bool = True,
        handles: LauncherHandles | None = None,
        pass_fds: tuple[int, ...] = (),
        source: Path = SOURCE,
        command_prefix: tuple[str, ...] = (),
        code: str = RUN_SOURCE,
        **variables: str,
    ) -> Backend:
        token = variables.setdefault("LAUNCH_TOKEN", secrets.token_urlsafe(32))
        if handles:
            variables |= handles.variables
            pass_fds = (*pass_fds, *handles.inherited)
        process = subprocess.Popen(
            [*command_prefix, sys.executable, "-I", "-B", "-u", "-X", "utf8", "-c", code, str(source), *arguments],
            env={**ENVIRONMENT, "DATA_DIR": str(data_dir), **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            pass_fds=pass_fds,
        )
        if handles:
            handles.send_to(process)
        backend = Backend(process, token)
        started.append(backend)
        drain = threading.Thread(target=lambda: backend.log.extend(process.stderr or []), daemon=True)
        drain.start()
        backend.threads.append(drain)
        if wait:
            backend.read_event()
        return backend

    yield start
    for backend in started:
        if backend.process.poll() is None:
            backend.process.kill()
        backend.wait()
        for pipe in (backend.process.stdin, backend.process.stdout, backend.process.stderr):
            if pipe:
                pipe.close()


@pytest.fixture
def listening_socket() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener
