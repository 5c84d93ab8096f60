"""A backend of the tests' own: its temporary data dir is set before the app is imported, whatever is configured.

With TEST_DATABASE_URL (`make test-server`) the same tests work on that PostgreSQL.
"""

import os
import re
import secrets
import site
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.backend_process import (
    ENVIRONMENT,
    ON_SERVER,
    RUN_SOURCE,
    SERVER_PACKAGES,
    SOURCE,
    Backend,
    HandedOver,
    Launch,
)

GENERATED = re.compile("generated|schema|as_documented")
"""In a `-k` expression: it means the requests of test_api_schema.py."""

# Windows deletes no open file, and the app may have its database open to the end.
_OWN_DATA_DIR = tempfile.TemporaryDirectory(prefix="backend-tests-", ignore_cleanup_errors=sys.platform == "win32")

for _name in (
    "HOST",
    "PORT",
    "SECRET_KEY",
    "AUTH_REQUIRED",
    "OPEN_REGISTRATION",
    "LAUNCH_TOKEN",
    "LISTEN_FD",
    "HANDOVER_ON_STDIN",
    "STATIC_DIR",
    "LOG_LEVEL",
    "DATABASE_URL",
    "WORKERS",
):
    os.environ.pop(_name, None)
os.environ |= {"DATA_DIR": _OWN_DATA_DIR.name, "FASTAPI_ENV": "development"}
if ON_SERVER:
    site.addsitedir(str(SERVER_PACKAGES))
    if _worker := os.environ.get("PYTEST_XDIST_WORKER"):  # each has a database of its own
        from harness.postgres_cluster import Cluster

        os.environ["TEST_DATABASE_URL"] = Cluster.from_environment(os.environ).create(f"app_{_worker}")
    os.environ |= {"DATABASE_URL": os.environ["TEST_DATABASE_URL"], "SECRET_KEY": secrets.token_hex(32)}

from fastapi.testclient import TestClient  # noqa: E402
from pwdlib import PasswordHash  # noqa: E402
from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: E402
from pwdlib.hashers.bcrypt import BcryptHasher  # noqa: E402
from sqlmodel import Session, delete  # noqa: E402

from app.api.login_throttle import throttle  # noqa: E402
from app.core.config import settings  # noqa: E402
from app.core.db import init_db  # noqa: E402
from app.main import app  # noqa: E402
from app.models import Item, RecoveryCode, User  # noqa: E402
from backend_host.database import postgres  # noqa: E402
from backend_host.database.sqlite import create_sqlite_engine  # noqa: E402
from backend_host.security import password_hash  # noqa: E402

if ON_SERVER:
    settings.AUTH_REQUIRED = False  # a server forces it on; most tests are about something else
    settings.OPEN_REGISTRATION = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Apply the two rules below."""
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
    """On PostgreSQL, leave out what a desktop's own backend alone has, and processes that tests start on a data dir of their own."""
    own = [
        item
        for item in items
        if item.path.parent.name == "tests"
        and (item.get_closest_marker("desktop") or "launch" in getattr(item, "fixturenames", ()))
    ]
    config.hook.pytest_deselected(items=own)
    items[:] = [item for item in items if item not in own]


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Argon2 with the least work, in this process; processes that tests start hash as the app does."""
    with pytest.MonkeyPatch.context() as patched:
        cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1), BcryptHasher()))
        patched.setattr(password_hash, "_hasher", lambda: cheap)
        yield


@pytest.fixture
def session() -> Generator[Session]:
    """A session on a database that holds the default user and nothing else."""
    url = settings.SQLALCHEMY_DATABASE_URI  # an engine of its own: the app closes its engine when it stops
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
    """Start the backend's source as a process of its own; everything started is ended with the test."""
    started: list[Backend] = []

    def start(
        *arguments: str,
        data_dir: Path = tmp_path / "data",
        wait: bool = True,
        handed_over: HandedOver | None = None,
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
