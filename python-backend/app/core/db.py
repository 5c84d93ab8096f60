"""The database: one SQLite file in the data dir."""

import logging
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session, create_engine

from app.core.config import settings
from app.core.migrate import upgrade
from app.core.security import get_password_hash
from app.models import DEFAULT_USER_ID, User

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for SQLite's single write lock before it fails: long enough for an import of 100,000 items."""


def _on_connect(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def create_sqlite_engine(uri: str) -> Engine:
    """An engine whose every connection has WAL, foreign keys and a busy timeout. Opens nothing yet.

    The pool has no upper bound: a request holds a connection while it waits for a thread, so threads that wait for
    connections could stop everything. Errors leave out what was to be stored: they reach the log.
    """
    new = create_engine(uri, connect_args={"check_same_thread": False}, max_overflow=-1, hide_parameters=True)
    event.listen(new, "connect", _on_connect)
    return new


engine = create_sqlite_engine(settings.SQLALCHEMY_DATABASE_URI)


def init_db(session: Session) -> None:
    """Bring the schema up to date and make sure that the first superuser, or with auth off the default user, exists.

    They are the same account, known by its fixed id, so its items stay its own when auth is turned on or off.
    A FIRST_SUPERUSER_PASSWORD given later is taken as long as the account has none. Raises DatabaseError, DataDirError.
    """
    upgrade(session.get_bind().engine)
    password = settings.FIRST_SUPERUSER_PASSWORD
    user = session.get(User, DEFAULT_USER_ID)
    if user is None:
        email = settings.FIRST_SUPERUSER.lower()
        user = User(id=DEFAULT_USER_ID, email=email, full_name="Local user", is_superuser=True)
    if password and not user.hashed_password:
        user.hashed_password = get_password_hash(password)
    session.add(user)
    session.commit()


def close(used: Engine) -> None:
    """Fold the write-ahead log back into the file and close every connection."""
    with used.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    used.dispose()
    logger.info("Database closed")
