"""SQLAlchemy engines for SQLite."""

import sqlite3
from typing import Any

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import StatementError

from backend_host.database.database_file import Connection

BUSY_TIMEOUT_MS = 20_000
"""SQLite's `busy_timeout`: longer than an import of 100,000 items holds the write lock (docs/benchmarks.md), shorter than
the timeout of clients."""

JOURNAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024
"""SQLite's `journal_size_limit`, to which it truncates the write-ahead log after a checkpoint. A large import makes the
log grow to hundreds of megabytes; ordinary writes stay below 4 MiB (`wal_autocheckpoint`, 1,000 pages)."""


def _on_connect(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA journal_size_limit={JOURNAL_SIZE_LIMIT_BYTES}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
    connection.record_files()


_DISCONNECT_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _on_error(context: ExceptionContext) -> None:
    """Close the connection after a full disk, an I/O error or corruption: SQLite may repeat the error on it."""
    error = context.original_exception
    if str(error).startswith("Could not decode to UTF-8"):
        _mark_as_corrupt(error, context.sqlalchemy_exception)
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISCONNECT_CODES:
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _mark_as_corrupt(error: BaseException, wrapped: StatementError | None) -> None:
    """Set SQLite's error code, which sqlite3 omits here, and remove the text from the message, because it is logged."""
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT  # type: ignore[attr-defined]
    for each in (error, wrapped):
        if each is not None:
            each.args = tuple(str(part).partition(" with text ")[0] for part in each.args)


def create_sqlite_engine(uri: str) -> Engine:
    """Return an engine for `sqlite:///` and a path, which is literal: `?` and `%` have no meaning in it.

    Its connections use WAL, foreign keys, a busy timeout and `Connection`, opened on first use.

    The pool has no limit: requests hold a connection while they wait for a thread, so a limit could cause a deadlock with
    threads that wait for a connection. Error messages omit statement parameters (`hide_parameters`), because they are
    logged.
    """
    options = {"check_same_thread": False, "factory": Connection}
    url = URL.create("sqlite", database=uri.removeprefix("sqlite:///"))
    new = create_engine(url, connect_args=options, max_overflow=-1, hide_parameters=True)
    event.listen(new, "connect", _on_connect)
    event.listen(new, "handle_error", _on_error)
    return new
