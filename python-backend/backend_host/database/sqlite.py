"""SQLite engines."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import StatementError

from backend_host.database.database_file import Connection

BUSY_TIMEOUT_MS = 20_000
"""How long a writer waits for SQLite's single write lock before it fails: longer than an import of 100,000 items holds
it (docs/benchmarks.md), shorter than clients wait for a response."""

JOURNAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024
"""Size to which SQLite truncates the write-ahead log after a checkpoint. A large import makes it grow to hundreds of
megabytes; everyday writes stay below 4 MiB (SQLite's automatic checkpoint, every 1,000 pages)."""


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
    """Close a connection on which the disk or the file failed: SQLite may go on to report that error on it."""
    error = context.original_exception
    if str(error).startswith("Could not decode to UTF-8"):
        _mark_as_corrupt(error, context.sqlalchemy_exception)
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISCONNECT_CODES:
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _mark_as_corrupt(error: BaseException, wrapped: StatementError | None) -> None:
    """Give it the code of a damaged file, which sqlite3 leaves out, and take the text out, which belongs in no log."""
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT  # type: ignore[attr-defined]
    for each in (error, wrapped):
        if each is not None:
            each.args = tuple(str(part).partition(" with text ")[0] for part in each.args)


def create_sqlite_engine(uri: str) -> Engine:
    """An engine whose every connection has WAL, foreign keys, a busy timeout and a checked commit. Opens nothing yet.

    The pool has no upper bound: a request holds a connection while it waits for a thread, so threads that wait for
    connections could stop everything. Errors leave out what was to be stored: they reach the log.
    """
    options = {"check_same_thread": False, "factory": Connection}
    new = create_engine(uri, connect_args=options, max_overflow=-1, hide_parameters=True)
    event.listen(new, "connect", _on_connect)
    event.listen(new, "handle_error", _on_error)
    return new
