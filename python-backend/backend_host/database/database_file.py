"""Detects a database file that was deleted or replaced: SQLite would go on writing to it, and the writes would be lost."""

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
from backend_host.launch.command_line import restore_command

logger = logging.getLogger(__name__)

CHECK_INTERVAL_S = 1.0
"""How soon a lost database is noticed while nobody writes. Commits check by themselves."""
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE}


class DatabaseMovedError(sqlite3.OperationalError):
    """The database file, or the write-ahead log beside it, is no longer the one that was opened.

    SQLite has this error code, but does not check in WAL mode.
    """

    sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
    sqlite_errorname = "SQLITE_READONLY_DBMOVED"


class Connection(sqlite3.Connection):
    """A connection whose commit fails when what it wrote is not in the file of that name."""

    def __init__(self, database: str, *args: Any, **options: Any) -> None:
        if watched := _watched.get(database):
            watched.verify_files()  # else SQLite would make an empty file in its place
        super().__init__(database, *args, **options)
        self._path = database
        self.files: dict[str, os.stat_result] = {}
        """The database and its write-ahead log as they were when they were opened, by path."""

    def record_files(self) -> None:
        """Take the files as they are now for those that are open."""
        self.execute("PRAGMA schema_version").fetchone()  # a read, for which SQLite opens the write-ahead log
        for path in (self._path, f"{self._path}-wal"):
            if os.path.exists(path):
                self.files[path] = os.stat(path)

    def verify_files(self) -> None:
        """Raise DatabaseMovedError when they are others, missing or empty. Called from any thread."""
        for path, opened in self.files.items():
            try:
                found = os.stat(path)
            except OSError as error:
                if error.errno in _GONE:
                    raise DatabaseMovedError(f"{path} was deleted or moved") from None
                continue  # what can't be looked at may well be there
            if not os.path.samestat(found, opened):
                raise DatabaseMovedError(f"{path} was replaced by another file")
            if path == self._path and not found.st_size and opened.st_size:
                raise DatabaseMovedError(f"{path} was emptied")

    def commit(self) -> None:
        try:
            self.verify_files()
        except DatabaseMovedError:
            self.rollback()  # what is refused is not stored either, nor saved from a lost database
            raise
        super().commit()
        self.verify_files()


_watched: dict[str, Connection] = {}
"""By the database's path, while a DatabaseWatcher runs."""


def verify(database: Path) -> None:
    """Raise DatabaseMovedError when the database that a DatabaseWatcher looks after is lost."""
    _watched[os.path.abspath(database)].verify_files()


def reject_lost_database(database: Path, program: str) -> None:
    """Raise DatabaseError for a missing or empty database beside traces of an earlier one. `program` follows `python -m`."""
    if database.exists() and database.stat().st_size:
        return
    if not (traces := _traces(database)):
        return
    state = "empty" if database.exists() else "missing"
    kept = backup.list_files(database.parent / BACKUPS_DIR)
    restore = (
        f"Restore the newest backup: {restore_command(program, database.parent, kept[0].name)}\nOr put"
        if kept
        else "Put"
    )
    raise DatabaseError(
        f"{database} is {state}, though there was a database: {', '.join(traces)} {'is' if len(traces) == 1 else 'are'} "
        f"still there. {restore} the file back. To begin with an empty database, move those away too."
    )


def _traces(database: Path) -> list[str]:
    folder = database.parent
    found = [name for name in ("secret_key",) if (folder / name).exists()]
    for end in ("-wal", "-journal"):
        beside = Path(f"{database}{end}")
        if beside.exists() and beside.stat().st_size:
            found.append(beside.name)
    if backup.list_files(folder / BACKUPS_DIR) or any((folder / BACKUPS_DIR).glob("damaged-*")):
        found.append(BACKUPS_DIR)
    return found


class DatabaseWatcher:
    """Checks once a second whether the database file is still there, and calls `on_lost` once when it is not."""

    def __init__(self, database: Path, program: str) -> None:
        self.on_lost: Callable[[DatabaseError], object] = lambda _error: None
        self._database = os.path.abspath(database)
        self._program = program
        self._checking = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch while the block runs, or the one around it that watches already.

        The connection that this opens keeps SQLite from removing the write-ahead log.
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
        """Let the block replace the database's file; the new one is watched afterwards."""
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
                    logger.critical("The database is lost: %s", error)
                    connection = _watched[self._database]
                    saved = rescue.save(self._program, connection, Path(self._database), connection.files)
                    self.on_lost(DatabaseError(f"{error} while the app ran, so nothing more can be stored. {saved}"))
                    return
