"""Restores backups, also while the app runs."""

import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from backend_host.data import temporary_files
from backend_host.data.names import DATABASE_FILE
from backend_host.database import backup
from backend_host.database.backup import BackupPublic, BackupReason
from backend_host.database.schema import Schema
from backend_host.database.sqlite import BUSY_TIMEOUT_MS, create_sqlite_engine
from backend_host.errors import BackupError, DatabaseBusyError, StartError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replaced:
    """What was in the database's place before a restore: a backup of it, the damaged file itself, or nothing."""

    backup: BackupPublic | None = None
    damaged: Path | None = None

    def __str__(self) -> str:
        return self.backup.name if self.backup else str(self.damaged or "nothing")


@dataclass(frozen=True)
class Restore:
    """How an app's database is restored."""

    schema: Schema
    check: Callable[[Engine], object]
    """Brings a copy of the backup up to date and checks that the app can work with it. Raises BackupError, StartError."""
    carry_over: Callable[[sqlite3.Connection, Path], object] = lambda _copy, _database: None
    """Changes the copy before it replaces the database at the path, which may be missing or damaged: keeps what must not
    go back in time, such as revoked sessions. Runs while writers wait."""

    def run(
        self, engine: Engine, chosen: Path, replacing_file: Callable[[], AbstractContextManager[object]] = nullcontext
    ) -> Replaced:
        """Check `chosen`, bring a copy of it to this code's schema, then replace the database's content by it atomically.

        SQLite's backup API replaces the content in one transaction: readers see all of the old or all of the new, and a
        process killed halfway leaves the old. The same transaction holds the write lock while the old content is copied
        to backups/: every write committed before it is in that copy, and writers, also those of other processes, wait
        until it ends. A missing or damaged database can only be replaced by another file, which a process that has the
        old one open does not see: that is done within `replacing_file`, which may raise StartError to prevent it.

        Raises BackupError when `chosen` can't be used, and OSError, DBAPIError or sqlite3.Error when the disk is full or
        fails. Nothing has been changed then.
        """
        folder = backup.backups_dir(engine)
        database = Path(str(engine.url.database))
        with (
            temporary_files.lock(folder),
            tempfile.TemporaryDirectory(prefix=temporary_files.RESTORE_PREFIX, dir=folder) as own,
        ):
            staged = Path(own) / DATABASE_FILE
            _copy_checked(chosen, staged)
            self._bring_up_to_date(staged)
            self._compare(staged, Path(own) / "new.db")
            replaced = self._replace(engine, staged, database, replacing_file)
        logger.warning("Restored %s; what it replaced is now %s", chosen.name, replaced)
        return replaced

    def _bring_up_to_date(self, staged: Path) -> None:
        copy = create_sqlite_engine(f"sqlite:///{staged}")
        try:
            self.check(copy)
        except StartError as error:
            raise BackupError(f"The backup can't be used: {error}") from error
        finally:
            copy.dispose()

    def _compare(self, staged: Path, new: Path) -> None:
        """Raise BackupError when the backup lacks a table, index or trigger that a new database has."""
        made = create_sqlite_engine(f"sqlite:///{new}")
        try:
            self.schema.upgrade(made)
        finally:
            made.dispose()
        parts = []
        for path in (new, staged):
            with closing(sqlite3.connect(path)) as opened:
                parts.append(set(opened.execute("SELECT type, name FROM sqlite_schema")))
        if missing := sorted(f"{kind} {name}" for kind, name in parts[0] - parts[1]):
            raise BackupError(
                f"The backup is incomplete ({', '.join(missing)}). Nothing was changed. Choose another one."
            )

    def _carry_over(self, staged: Path, database: Path) -> None:
        with closing(sqlite3.connect(staged)) as copy, copy:
            self.carry_over(copy, database)

    def _replace(
        self,
        engine: Engine,
        staged: Path,
        database: Path,
        replacing_file: Callable[[], AbstractContextManager[object]],
    ) -> Replaced:
        if database.exists():
            try:
                return Replaced(backup=self._back_up_and_replace(engine, staged, database))
            except (DBAPIError, sqlite3.DatabaseError) as error:
                code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF
                if code not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                    raise
        with replacing_file():
            engine.dispose()
            self._carry_over(staged, database)
            damaged = _move_aside(database, backup.backups_dir(engine))
            _replace_content(staged, database)
        return Replaced(damaged=damaged)

    def _back_up_and_replace(self, engine: Engine, staged: Path, database: Path) -> BackupPublic:
        kept: list[BackupPublic] = []

        def keep() -> None:
            self._carry_over(staged, database)  # SQLite starts the copy again when its source changes
            kept.append(backup.create(engine, BackupReason.RESTORE))

        _replace_content(staged, database, locked=keep)
        return kept[0]


def _copy_checked(chosen: Path, staged: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{chosen.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(staged)) as copy,
        ):
            source.backup(copy)
            (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            orphan = copy.execute("PRAGMA foreign_key_check").fetchone()
            if verdict != "ok" or orphan:
                raise BackupError(f"{chosen} is damaged ({verdict}). Nothing was changed. Choose another backup.")
            if copy.execute("SELECT version_num FROM alembic_version").fetchone() is None:
                raise sqlite3.DatabaseError("it names no schema revision")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise
        raise BackupError(f"{chosen} is no backup of this app: {error}. Nothing was changed.") from error


def _move_aside(database: Path, folder: Path) -> Path | None:
    """Move what there is of a database that can't be copied, as it is, to `folder`; None if there is nothing."""
    aside = folder / f"damaged-{time.time_ns()}-{database.name}"
    moved = False
    for end in ("-wal", "-shm", "-journal", ""):
        part = Path(f"{database}{end}")
        if part.exists():
            os.replace(part, f"{aside}{end}")
            moved = True
    return aside if moved else None


def _replace_content(staged: Path, database: Path, locked: Callable[[], object] = lambda: None) -> None:
    """Replace the content of `database` in one transaction; `locked` is called once, when it has the write lock."""
    waited_too_long = _deadline(BUSY_TIMEOUT_MS / 1_000)
    begun = False

    def step(status: int, _remaining: int, _total: int) -> None:
        nonlocal begun
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            waited_too_long()
        elif not begun:
            begun = True
            locked()

    with closing(sqlite3.connect(staged)) as source, closing(sqlite3.connect(database, timeout=0)) as live:
        live.execute("PRAGMA journal_mode=WAL")  # in which readers, `locked` among them, don't wait for the writer
        # In more than one step: the last one commits.
        (pages,) = source.execute("PRAGMA page_count").fetchone()
        source.backup(live, pages=pages // 2, progress=step)
    database.chmod(0o600)


def _deadline(seconds: float) -> Callable[[], None]:
    """Raises DatabaseBusyError once the time is over. Python's backup would wait for a locked database forever."""
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise DatabaseBusyError("The database is busy. Nothing was changed. Try again in a moment.")

    return check
