"""Restores backups, also while the app is running."""

import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
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
class RestoreResult:
    """What a restore replaced. Both are None if there was no database."""

    backup: BackupPublic | None = None
    """The backup of the replaced database."""
    damaged: Path | None = None
    """Path to which a damaged database was moved."""

    def __str__(self) -> str:
        return self.backup.name if self.backup else str(self.damaged or "nothing")


@dataclass(frozen=True)
class Restore:
    """Restores backups of an app's database."""

    schema: Schema
    check: Callable[[Engine], object]
    """Migrates the copy of a backup and checks that the app can use it. Raises BackupError, StartError."""
    before_replace: Callable[[sqlite3.Connection, Path], object] = lambda _copy, _database: None
    """Called with the copy and the database's path before the copy replaces the database, while writers are blocked.

    Copies data that a restore must not revert, such as revoked sessions. The database may be missing or damaged."""

    def run(
        self,
        engine: Engine,
        backup_file: Path,
        file_replacement_context: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> RestoreResult:
        """Check `backup_file`, migrate a copy of it, and replace the database's content with the copy atomically.

        SQLite's backup API replaces the content in one transaction: readers see either the old or the new content, and a
        killed process leaves the old content. The transaction holds the write lock while the old content is backed up to
        backups/, so that the backup has all committed writes. Writers of all processes wait until it ends.

        A missing or damaged database file is replaced by a new file within `file_replacement_context`, which may raise
        StartError to prevent it. Processes that have the old file open continue to use the old file.

        Raises BackupError if `backup_file` can't be used, and OSError, DBAPIError or sqlite3.Error if the disk is full or
        fails. The database is unchanged in these cases, except that a damaged file may have been moved to backups/.
        """
        folder = backup.backups_dir(engine)
        database = Path(str(engine.url.database))
        with (
            temporary_files.shared_lock(folder),
            tempfile.TemporaryDirectory(prefix=temporary_files.RESTORE_PREFIX, dir=folder) as temporary_dir,
        ):
            staged = Path(temporary_dir) / DATABASE_FILE
            _copy_and_check(backup_file, staged)
            with _converted_errors():
                self._check(staged)
                self._require_complete_schema(staged, Path(temporary_dir) / "new.db")
            result = self._replace(engine, staged, database, file_replacement_context)
        logger.warning("Restored %s; replaced database: %s", backup_file.name, result)
        return result

    def _check(self, staged: Path) -> None:
        copy = create_sqlite_engine(f"sqlite:///{staged}")
        try:
            self.check(copy)
        finally:
            copy.dispose()

    def _require_complete_schema(self, staged: Path, new: Path) -> None:
        """Raise BackupError if the backup lacks a table, index or trigger of a new database."""
        engine = create_sqlite_engine(f"sqlite:///{new}")
        try:
            self.schema.upgrade(engine)
        finally:
            engine.dispose()
        objects = []
        for path in (new, staged):
            with closing(sqlite3.connect(path)) as connection:
                objects.append(set(connection.execute("SELECT type, name FROM sqlite_schema")))
        if missing := sorted(f"{kind} {name}" for kind, name in objects[0] - objects[1]):
            raise BackupError(
                f"The backup is incomplete ({', '.join(missing)}). Nothing was changed. Choose another one."
            )

    def _run_before_replace(self, staged: Path, database: Path) -> None:
        with closing(sqlite3.connect(staged)) as copy, copy:
            self.before_replace(copy, database)

    def _replace(
        self,
        engine: Engine,
        staged: Path,
        database: Path,
        file_replacement_context: Callable[[], AbstractContextManager[object]],
    ) -> RestoreResult:
        if database.exists():
            try:
                return RestoreResult(backup=self._back_up_and_replace(engine, staged, database))
            except (DBAPIError, sqlite3.DatabaseError) as error:
                code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF
                if code not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                    raise
        with file_replacement_context():
            engine.dispose()
            self._run_before_replace(staged, database)
            damaged = _move_damaged_database(database, backup.backups_dir(engine))
            _replace_content(staged, database)
        return RestoreResult(damaged=damaged)

    def _back_up_and_replace(self, engine: Engine, staged: Path, database: Path) -> BackupPublic:
        backups: list[BackupPublic] = []

        def back_up() -> None:
            # `before_replace` changes `staged` while it is being copied. SQLite's backup API then restarts the copy.
            self._run_before_replace(staged, database)
            backups.append(backup.create(engine, BackupReason.RESTORE))

        _replace_content(staged, database, on_locked=back_up)
        return backups[0]


@contextmanager
def _converted_errors() -> Iterator[None]:
    """Convert a StartError to BackupError, or to the OSError or DBAPIError of a full or failing disk that caused it."""
    try:
        yield
    except StartError as error:
        cause = error.__cause__
        code = getattr(getattr(cause, "orig", cause), "sqlite_errorcode", 0) & 0xFF
        if cause and (isinstance(cause, OSError) or code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}):
            raise cause from None
        raise BackupError(f"The backup can't be used: {error}") from error


def _copy_and_check(backup_file: Path, staged: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{backup_file.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(staged)) as copy,
        ):
            source.backup(copy)
            (result,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if result == "ok" and copy.execute("PRAGMA foreign_key_check").fetchone():
                result = "a row violates a foreign key"
            if result != "ok":
                raise BackupError(f"{backup_file} is damaged ({result}). Nothing was changed. Choose another backup.")
            if copy.execute("SELECT version_num FROM alembic_version").fetchone() is None:
                raise sqlite3.DatabaseError("it has no schema revision")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise
        raise BackupError(
            f"{backup_file} is not a backup of this app: {error}. Nothing was changed. Choose another file."
        ) from error


def _move_damaged_database(database: Path, folder: Path) -> Path | None:
    """Move the files of a damaged database to `folder` and return the new path; None if there are none."""
    target = folder / f"damaged-{time.time_ns()}-{database.name}"
    moved = False
    for suffix in ("-wal", "-shm", "-journal", ""):
        file = Path(f"{database}{suffix}")
        if file.exists():
            os.replace(file, f"{target}{suffix}")
            moved = True
    return target if moved else None


def _replace_content(staged: Path, database: Path, on_locked: Callable[[], object] = lambda: None) -> None:
    """Replace the content of `database` in one transaction. `on_locked` is called once the write lock is acquired.

    Raises DatabaseBusyError if the lock is not acquired within BUSY_TIMEOUT_MS: `sqlite3.Connection.backup` retries
    without a limit.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1_000
    locked = False

    def step(status: int, _remaining: int, _total: int) -> None:
        nonlocal locked
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            if time.monotonic() > deadline:
                raise DatabaseBusyError("The database is busy. Nothing was changed. Try again in a moment.")
        elif not locked:
            locked = True
            on_locked()

    with closing(sqlite3.connect(staged)) as source, closing(sqlite3.connect(database, timeout=0)) as live:
        live.execute("PRAGMA journal_mode=WAL")  # so that readers, also in `on_locked`, don't wait for the writer
        # At least two steps: `step` runs after each, the last step commits, and `on_locked` must run before it.
        (pages,) = source.execute("PRAGMA page_count").fetchone()
        source.backup(live, pages=pages // 2, progress=step)
    database.chmod(0o600)
