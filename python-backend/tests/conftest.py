"""Fixtures of the backend tests. `tests.environment` is imported before the app.

With TEST_DATABASE_URL (`make test-server`) the same tests run on that PostgreSQL.
"""

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
    ON_SERVER,
    RUN_SOURCE,
    SOURCE,
    Backend,
    Launch,
    LauncherHandles,
)

GENERATED = re.compile("generated|schema|as_documented")
"""In a `-k` expression: it means the requests of test_api_schema.py."""

if ON_SERVER:
    settings.AUTH_REQUIRED = False  # a server forces it on; most tests are about something else
    settings.OPEN_REGISTRATION = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect and skip tests as described below."""
    _deselect_generated(config, items)
    if ON_SERVER:
        _deselect_desktop(config, items)


def _deselect_generated(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With a `-k` expression that does not name them, leave out requests generated from the OpenAPI document.

    Their names hold every route's path: `-k items` would run minutes of them. `-k "items and generated"` does.
    """
    if (expression := config.option.keyword) and not GENERATED.search(expression):
        generated = [item for item in items if item.get_closest_marker("generated")]
        config.hook.pytest_deselected(items=generated)
        items[:] = [item for item in items if item not in generated]


def _deselect_desktop(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, skip tests of features that only the local backend has, and tests that start processes on another data dir."""
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
    """Argon2 with the least work, in this process; processes that tests start hash as the app does."""
    with pytest.MonkeyPatch.context() as patched:
        cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1), BcryptHasher()))
        patched.setattr(password_hash, "_hasher", lambda: cheap)
        yield


@pytest.fixture
def session() -> Generator[Session]:
    """A session on a database that contains only the default user."""
    url = settings.SQLALCHEMY_DATABASE_URI  # a separate engine: the app closes its engine when it stops
    own = postgres.create_postgres_engine(url, 2) if ON_SERVER else create_sqlite_engine(url)
    with Session(own) as opened:
        init_db(opened)
        opened.exec(delete(Item))
        opened.exec(delete(RecoveryCode))
        opened.exec(delete(User))
        opened.commit()
        init_db(opened)
        throttle.clear()
        yield opened
    own.dispose()


@pytest.fixture
def client(session: Session) -> Generator[TestClient]:
    """The app in this process, auth off."""
    with TestClient(app) as opened:
        yield opened


@pytest.fixture
def auth_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with auth on."""
    monkeypatch.setattr(settings, "AUTH_REQUIRED", True)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start backends from source as processes, which are killed after the test."""
    started: list[Backend] = []

    def start(
        *arguments: str,
        data_dir: Path = tmp_path / "data",
        wait: bool = True,
        handed_over: LauncherHandles | None = None,
        pass_fds: tuple[int, ...] = (),
        source: Path = SOURCE,
        within: tuple[str, ...] = (),
        run: str = RUN_SOURCE,
        **variables: str,
    ) -> Backend:
        token = variables.setdefault("LAUNCH_TOKEN", secrets.token_urlsafe(32))
        if handed_over:
            variables |= handed_over.variables
            pass_fds = (*pass_fds, *handed_over.inherited)
        process = subprocess.Popen(
            [*within, sys.executable, "-I", "-B", "-u", "-X", "utf8", "-c", run, str(source), *arguments],
            env={**ENVIRONMENT, "DATA_DIR": str(data_dir), **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            pass_fds=pass_fds,
        )
        if handed_over:
            handed_over.pass_on(process)
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
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened
