"""Detects that the open database file was deleted or replaced. SQLite would continue to write to the unlinked file."""

import errno
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend_host.data.names import BACKUPS_DIR
from backend_host.database import backup, rescue
from backend_host.errors import DatabaseError
from backend_host.launch.restore_command import restore_command

logger = logging.getLogger(__name__)

CHECK_INTERVAL_S = 1.0
"""Interval of the check in DatabaseWatcher. In addition, every commit checks."""
_MISSING_FILE_ERRNOS = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE}


class DatabaseMovedError(sqlite3.OperationalError):
    """The database file or its write-ahead log was deleted or replaced after it was opened.

    Uses SQLite's error code SQLITE_READONLY_DBMOVED, which SQLite itself does not raise in WAL mode.
    """

    sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
    sqlite_errorname = "SQLITE_READONLY_DBMOVED"


class Connection(sqlite3.Connection):
    """A sqlite3 connection whose commit raises DatabaseMovedError if the database file was deleted or replaced."""

    def __init__(self, database: str, *args: Any, **options: Any) -> None:
        if watched := _watched.get(database):
            watched.verify_files()  # otherwise SQLite would create an empty file
        super().__init__(database, *args, **options)
        self._path = database
        self.files: dict[str, os.stat_result] = {}
        """`stat` of the database and its write-ahead log when they were opened, by path."""

    def record_files(self) -> None:
        """Record the identity of the database and its write-ahead log for `verify_files`."""
        self.execute("PRAGMA schema_version").fetchone()  # a read, so that SQLite opens the write-ahead log
        for path in (self._path, f"{self._path}-wal"):
            if os.path.exists(path):
                self.files[path] = os.stat(path)

    def verify_files(self) -> None:
        """Raise DatabaseMovedError if a recorded file was deleted or replaced, or the database emptied. Thread-safe."""
        for path, opened in self.files.items():
            try:
                found = os.stat(path)
            except OSError as error:
                if error.errno in _MISSING_FILE_ERRNOS:
                    raise DatabaseMovedError(f"{path} was deleted or moved") from None
                continue  # permission or I/O error: the file may exist
            if not os.path.samestat(found, opened):
                raise DatabaseMovedError(f"{path} was replaced by another file")
            if path == self._path and not found.st_size and opened.st_size:
                raise DatabaseMovedError(f"{path} was emptied")

    def commit(self) -> None:
        try:
            self.verify_files()
        except DatabaseMovedError:
            self.rollback()  # so that `rescue` does not save a transaction that was reported as failed
            raise
        super().commit()
        self.verify_files()


_watched: dict[str, Connection] = {}
"""The connection of each running DatabaseWatcher, by the database's path."""


def verify(database: Path) -> None:
    """Raise DatabaseMovedError if the file of a watched database was deleted or replaced."""
    _watched[os.path.abspath(database)].verify_files()


def reject_lost_database(database: Path, program: str) -> None:
    """Raise DatabaseError if the database is missing or empty, but files in the data dir show that it existed.

    `program` are the arguments of `python -m` in the command that the message names.
    """
    if database.exists() and database.stat().st_size:
        return
    if not (remaining := _remaining_files(database)):
        return
    state = "empty" if database.exists() else "missing"
    backups = backup.list_files(database.parent / BACKUPS_DIR)
    restore = (
        f"Restore the newest backup: {restore_command(program, database.parent, backups[0].name)}\nOr put"
        if backups
        else "Put"
    )
    raise DatabaseError(
        f"{database} is {state}, but there was a database before: {', '.join(remaining)} "
        f"{'exists' if len(remaining) == 1 else 'exist'}. {restore} the file back. To start with an empty database, move "
        f"{', '.join(remaining)} away."
    )


def _remaining_files(database: Path) -> list[str]:
    folder = database.parent
    found = [name for name in ("secret_key",) if (folder / name).exists()]
    for suffix in ("-wal", "-journal"):
        journal = Path(f"{database}{suffix}")
        if journal.exists() and journal.stat().st_size:
            found.append(journal.name)
    if backup.list_files(folder / BACKUPS_DIR) or any((folder / BACKUPS_DIR).glob("damaged-*")):
        found.append(BACKUPS_DIR)
    return found


class DatabaseWatcher:
    """Checks the database file every CHECK_INTERVAL_S, and calls `on_lost` once if it was deleted or replaced."""

    def __init__(self, database: Path, program: str) -> None:
        self.on_lost: Callable[[DatabaseError], object] = lambda _error: None
        self._database = os.path.abspath(database)
        self._program = program
        self._checking = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch during the block. Reentrant.

        Holds a connection, which also prevents SQLite from deleting the write-ahead log.
        """
        if self._database in _watched:
            yield
            return
        stopping = threading.Event()
        self._open()
        thread = threading.Thread(target=self._poll, args=(stopping,), name="database-watcher", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
            self._close()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Suspend checks during the block, which may replace the database file, then watch the new file."""
        with self._checking:
            self._close()
            try:
                yield
            finally:
                self._open()

    def _open(self) -> None:
        connection = sqlite3.connect(self._database, check_same_thread=False, factory=Connection)
        connection.record_files()
        _watched[self._database] = connection

    def _close(self) -> None:
        _watched.pop(self._database).close()

    def _poll(self, stopping: threading.Event) -> None:
        while not stopping.wait(CHECK_INTERVAL_S):
            with self._checking:
                try:
                    _watched[self._database].verify_files()
                except DatabaseMovedError as error:
                    logger.critical("Database lost: %s", error)
                    connection = _watched[self._database]
                    outcome = rescue.save(self._program, connection, Path(self._database), connection.files)
                    self.on_lost(DatabaseError(f"{error} while the app was running. Nothing more is stored. {outcome}"))
                    return
