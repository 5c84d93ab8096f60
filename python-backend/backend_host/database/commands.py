"""The host's subcommands `backup`, `restore FILE` and `db copy --to URL`."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError

from backend_host.application import Database
from backend_host.data import data_lock, temporary_files
from backend_host.database import backup as backups
from backend_host.database import copy as database_copy
from backend_host.database.backup import BackupReason
from backend_host.database.copy import OnProgress
from backend_host.database.database_file import reject_lost_database
from backend_host.errors import BackupError, CopyError

PROGRESS_INTERVAL_S = 1.0


def backup(database: Database) -> str:
    """Back up the database and return the path of the backup. Raises BackupError, StartError."""
    with _map_errors(database):
        folder = backups.backups_dir(database.engine)
        temporary_files.delete_stale_in_backups(folder)
        file = Path(str(database.engine.url.database))
        if not file.exists():
            raise BackupError(f"There is no database in {file.parent}. Specify the data dir with --data-dir.")
        reject_lost_database(file, database.schema.program)
        return str(folder / backups.create(database.engine, BackupReason.MANUAL).name)


def restore(database: Database, backup: Path) -> str:
    """Replace the database with `backup`, a path or a name in backups/, and return a message for the user.

    Raises BackupError, StartError.
    """
    with _map_errors(database):
        folder = backups.backups_dir(database.engine)
        temporary_files.delete_stale_in_backups(folder)
        backup_file = backup if backup.exists() else folder / backup
        if not backup_file.is_file():
            raise BackupError(f"There is no file {backup} and no backup of that name in {folder}. Check the name.")
        result = database.restore.run(database.engine, backup_file, lambda: _locked_data_dir(folder.parent))
    if result.damaged:
        return f"Restored {backup_file}. The damaged database was moved to {result.damaged}"
    if result.backup:
        return f"Restored {backup_file}. Backup of the previous database: {folder / result.backup.name}"
    return f"Restored {backup_file}."


@contextmanager
def _map_errors(database: Database) -> Iterator[None]:
    try:
        with database.schema.converted_errors(database.engine):
            yield
    finally:
        database.engine.dispose()


@contextmanager
def _locked_data_dir(data_dir: Path) -> Iterator[None]:
    """Lock the data dir. Raises DataDirInUseError if an app uses it."""
    data_lock.acquire(data_dir, "a restore")
    yield


def copy(database: Database, to: str, *, resume: bool, replace: bool) -> str:
    """Copy the configured database to the URL `to` and return a message for the user. Raises CopyError, StartError.

    Locks the data dir of a SQLite source or target, because the copy would miss the writes of a running app.
    """
    engine = database.engine
    with database_copy.open_engine(to) as target:
        if _is_same(engine, target):
            raise CopyError("Source and target are the same database. Specify another one with --to.")
        if (file := database_copy.sqlite_path(engine)) and not file.exists():
            raise CopyError(f"There is no database in {file.parent}. Specify the data dir with --data-dir.")
        files = [file for side in (engine, target) if (file := database_copy.sqlite_path(side))]
        for folder in sorted({file.parent.resolve() for file in files}):
            data_lock.acquire(folder, "a copy of the database")
        failed = engine

        def on_error(context: ExceptionContext) -> None:
            nonlocal failed
            failed = context.engine or failed

        for side in (engine, target):
            event.listen(side, "handle_error", on_error)
        start = time.monotonic()
        try:
            counts = database_copy.copy(
                database.schema, engine, target, _on_progress(sys.stderr), resume=resume, replace=replace
            )
        except (OSError, DBAPIError, sqlite3.Error) as error:
            raise database.schema.to_start_error(error, failed) from error
        finally:
            engine.dispose()
        rows = ", ".join(f"{table} {count:,}" for table, count in counts.items())
        seconds = time.monotonic() - start
        return f"Copied to {target.url.render_as_string()} and compared in {seconds:.0f} s: {rows}."


def _is_same(source: Engine, target: Engine) -> bool:
    file, other = database_copy.sqlite_path(source), database_copy.sqlite_path(target)
    if file and other:
        return file.exists() and other.exists() and file.samefile(other)
    return all(getattr(source.url, part) == getattr(target.url, part) for part in ("host", "port", "database"))


def _on_progress(stream: TextIO) -> OnProgress:
    last: dict[str, float] = {}

    def report(table: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now >= last.get(table, 0.0) + PROGRESS_INTERVAL_S:
            last[table] = now
            print(f"{table}: {done:,} of {total:,}", file=stream, flush=True)

    return report
