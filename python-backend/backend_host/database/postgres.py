"""PostgreSQL, the database of server mode (docs/server.md)."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IllegalStateChangeError
from sqlalchemy.orm import Session

from backend_host.errors import (
    ConfigError,
    DatabaseUnreachableError,
    DriverMissingError,
    MigrationError,
    StartError,
)

logger = logging.getLogger(__name__)

MIGRATION_LOCK = 0x6D696772
"""Key of the advisory lock of migrations."""
CONNECT_TIMEOUT_S = 5
"""libpq's `connect_timeout`."""
POOL_TIMEOUT_S = 5.0
"""How long a request waits for a connection of the pool before it fails with 503."""
STATEMENT_TIMEOUT_S = 30
"""PostgreSQL's `statement_timeout`. Clients time out after the same time."""
IDLE_TRANSACTION_TIMEOUT_S = 60
"""PostgreSQL's `idle_in_transaction_session_timeout`. No request waits for its client within a transaction."""
TCP_USER_TIMEOUT_MS = 15_000
"""libpq's `tcp_user_timeout`. Without it, an unreachable host would block a thread for minutes."""

BACKUP_ADVICE = (
    "The app does not back up PostgreSQL. To back it up, run `pg_dump --format=custom`. To restore a backup, stop all "
    "workers and run `pg_restore`."
)

_SETTINGS = {
    "statement_timeout": STATEMENT_TIMEOUT_S * 1_000,
    "idle_in_transaction_session_timeout": IDLE_TRANSACTION_TIMEOUT_S * 1_000,
    "timezone": "UTC",
}


def create_postgres_engine(url: str, pool_size: int) -> Engine:
    """Return an engine with at most `pool_size` connections, which are opened on first use.

    Error messages omit statement parameters (`hide_parameters`), because they are logged. Raises ConfigError,
    DriverMissingError.
    """
    try:
        parsed = make_url(url)
        if "@" in (parsed.host or ""):  # the parsed host contains a part of the password
            raise ConfigError("The PostgreSQL URL has more than one @. Write an @ in the user name or password as %40.")
        return create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_S,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
                "keepalives_idle": 30,
                "options": " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items()),
            },
        )
    except ArgumentError, ValueError:
        raise ConfigError("The PostgreSQL URL is invalid. Correct DATABASE_URL or --to.") from None
    except ImportError as error:
        raise DriverMissingError(
            f"The driver of PostgreSQL can't be loaded: {error}. "
            "Install requirements-server.lock in addition to the app's requirements."
        ) from error


def is_postgres(bound: Engine | Connection | Session) -> bool:
    """Whether the engine, connection or session uses PostgreSQL."""
    engine = bound.get_bind() if isinstance(bound, Session) else bound
    return engine.dialect.name == "postgresql"


@contextmanager
def migration_transaction(connection: Connection) -> Iterator[None]:
    """Begin a transaction that holds the migration lock, so that one process migrates at a time, on all hosts."""
    with connection.begin():
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        yield


def acquire_advisory_lock(session: Session, number: int) -> None:
    """Acquire PostgreSQL's advisory lock `number` until the transaction ends. Does nothing on SQLite, which has one writer."""
    if is_postgres(session):
        session.connection().exec_driver_sql(f"SELECT pg_advisory_xact_lock({number})")


def to_start_error(error: DBAPIError, engine: Engine) -> StartError:
    """Convert a database error to a StartError with a message for the user, which omits the password."""
    url, state = engine.url.render_as_string(), sqlstate(error)
    cause = re.sub(r"\s+", " ", str(error.orig)).strip()
    if state is None or state[:2] in {"08", "28", "53", "57", "58"} or state == "3D000":
        return DatabaseUnreachableError(
            f"The database {url} can't be used: {cause}. Check this URL (DATABASE_URL or --to) and that PostgreSQL runs."
        )
    return MigrationError(
        f"The database {url} rejected a statement: {cause}. Nothing was changed. The role must own the database."
    )


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error; None if PostgreSQL was not reached."""
    cause = getattr(error, "orig", None) or error
    state: str | None = getattr(cause, "sqlstate", None)
    return state


def server_version(connection: Connection) -> str:
    """Return PostgreSQL's version, such as `15.4`."""
    info: Any = connection.connection.driver_connection
    major, minor = divmod(info.info.server_version, 10_000)
    return f"{major}.{minor}"


def close_session(session: Session) -> None:
    """Close `session`. Logs a lost connection instead of raising, because the route has already completed."""
    try:
        session.close()
    except IllegalStateChangeError:
        pass  # a thread is still using it while this process exits
    except DBAPIError as error:
        logger.warning("Database connection lost: %s", error.orig)
        session.invalidate()
