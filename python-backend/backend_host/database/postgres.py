"""PostgreSQL in place of SQLite: server mode (docs/server.md). Without a DATABASE_URL only `is_postgres` is called."""

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
"""Number of the advisory lock that a migration holds."""
CONNECT_TIMEOUT_S = 5
"""How long a connection may take to open."""
POOL_TIMEOUT_S = 5.0
"""How long a request waits for a connection, without a thread, before it is told to try again."""
STATEMENT_TIMEOUT_S = 30
"""How long one statement of a request may take; clients do not wait longer."""
IDLE_TRANSACTION_TIMEOUT_S = 60
"""How long a transaction may do nothing: no request waits for its client within one."""
TCP_USER_TIMEOUT_MS = 15_000
"""How long what was sent may stay unacknowledged: without it, a host that is gone would hold a thread for minutes."""

BACKUP_ADVICE = (
    "This is a server's database: PostgreSQL's own tools back it up. Use `pg_dump --format=custom`, and `pg_restore` "
    "to put a backup in its place while no worker runs."
)

_SETTINGS = {
    "statement_timeout": STATEMENT_TIMEOUT_S * 1_000,
    "idle_in_transaction_session_timeout": IDLE_TRANSACTION_TIMEOUT_S * 1_000,
    "timezone": "UTC",
}


def create_postgres_engine(url: str, pool_size: int) -> Engine:
    """An engine of at most `pool_size` connections, each tried before it is used. Opens nothing yet.

    Errors leave out what was to be stored: they reach the log. Raises ConfigError, DriverMissingError.
    """
    try:
        parsed = make_url(url)
        if "@" in (parsed.host or ""):  # what is taken for the host has a part of the password
            raise ConfigError("DATABASE_URL has more than one @. Write that of the name or password as %40.")
        # As in a shell, a password may come from libpq's own sources (PGPASSFILE).
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
        raise ConfigError("DATABASE_URL is no address of a database. Correct the variable.") from None
    except ImportError as error:
        raise DriverMissingError(
            f"DATABASE_URL asks for PostgreSQL, and its driver can't be loaded: {error}. "
            "Install requirements-server.lock beside the app."
        ) from error


def is_postgres(bound: Engine | Connection | Session) -> bool:
    """Whether it works on PostgreSQL."""
    engine = bound.get_bind() if isinstance(bound, Session) else bound
    return engine.dialect.name == "postgresql"


@contextmanager
def migration_transaction(connection: Connection) -> Iterator[None]:
    """One transaction in which no other process migrates, on any host."""
    with connection.begin():
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        yield


def acquire_advisory_lock(session: Session, number: int) -> None:
    """Hold PostgreSQL's advisory lock `number` until this transaction ends. SQLite has one writer at a time anyway."""
    if is_postgres(session):
        session.connection().exec_driver_sql(f"SELECT pg_advisory_xact_lock({number})")


def to_start_error(error: DBAPIError, engine: Engine) -> StartError:
    """Why a start failed, with what to do about it; never with a password."""
    where, state = engine.url.render_as_string(), sqlstate(error)
    said = re.sub(r"\s+", " ", str(error.orig)).strip()
    if state is None or state[:2] in {"08", "28", "57"} or state == "3D000":
        return DatabaseUnreachableError(
            f"The database {where} can't be used: {said}. Check DATABASE_URL and that PostgreSQL runs."
        )
    return MigrationError(
        f"The database {where} refused: {said}. It was left as it was. The role must own its database."
    )


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of an error; None if PostgreSQL was not reached."""
    cause = getattr(error, "orig", None) or error
    state: str | None = getattr(cause, "sqlstate", None)
    return state


def server_version(connection: Connection) -> str:
    """PostgreSQL's own version, as `15.4`."""
    info: Any = connection.connection.driver_connection
    major, minor = divmod(info.info.server_version, 10_000)
    return f"{major}.{minor}"


def close_session(session: Session) -> None:
    """Close `session`. A lost connection is logged: the response has been sent."""
    try:
        session.close()
    except IllegalStateChangeError:
        pass  # this process ends, and a thread is still at work with it
    except DBAPIError as error:
        logger.warning("A connection to the database was lost: %s", error.orig)
        session.invalidate()
