"""The host's commands: `backup`, `restore FILE` and `db copy --to URL`."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from backend_host.application import Database
from backend_host.data import data_lock, temporary_files
from backend_host.database import backup as backups
from backend_host.database import copy as database_copy
from backend_host.database import postgres
from backend_host.database.backup import BackupReason
from backend_host.database.copy import OnProgress
from backend_host.database.database_file import reject_lost_database
from backend_host.errors import BackupError, CopyError

PROGRESS_EVERY_S = 1.0


def backup(database: Database) -> str:
    """Back the database up; returns the new file's path. Raises BackupError, StartError."""
    with _map_errors(database):
        folder = backups.backups_dir(database.engine)
        temporary_files.delete_stale_in_backups(folder)
        file = Path(str(database.engine.url.database))
        if not file.exists():
            raise BackupError(f"There is no database in {file.parent}. Choose the right folder with --data-dir.")
        reject_lost_database(file, database.schema.program)
        return str(folder / backups.create(database.engine, BackupReason.MANUAL).name)


def restore(database: Database, given: Path) -> str:
    """Replace the database by a backup, a path or the name of one in backups/; returns what was done.

    Raises BackupError, StartError.
    """
    with _map_errors(database):
        folder = backups.backups_dir(database.engine)
        temporary_files.delete_stale_in_backups(folder)
        chosen = given if given.exists() else folder / given
        if not chosen.is_file():
            raise BackupError(f"There is no file {given}, nor a backup of that name in {folder}.")
        replaced = database.restore.run(database.engine, chosen, lambda: _exclusive(folder.parent))
    if replaced.damaged:
        return f"Restored {chosen}. The damaged database is now {replaced.damaged}"
    if replaced.backup:
        return f"Restored {chosen}. What it replaced: {folder / replaced.backup.name}"
    return f"Restored {chosen}."


@contextmanager
def _map_errors(database: Database) -> Iterator[None]:
    try:
        yield
    except (OSError, DBAPIError, sqlite3.Error) as error:
        raise database.schema.to_start_error(error, database.engine) from error
    finally:
        database.engine.dispose()


@contextmanager
def _exclusive(data_dir: Path) -> Iterator[None]:
    """Raise DataDirInUseError while an app uses the data dir."""
    data_lock.acquire(data_dir, "a restore")
    yield


def copy(database: Database, to: str, *, resume: bool, replace: bool) -> str:
    """Copy the configured database to the URL `to`; returns what was done. Raises CopyError, StartError.

    No app may have an SQLite file open that takes part: its writes would be missing from the copy.
    """
    engine = database.engine
    with database_copy.open_engine(to) as target:
        if _identity(target) == _identity(engine):
            raise CopyError("That is the database itself. Name another one with --to.")
        for taking_part in (engine, target):
            if file := database_copy.sqlite_path(taking_part):
                if taking_part is engine and not file.exists():
                    raise CopyError(f"There is no database in {file.parent}. Choose the right folder with --data-dir.")
                data_lock.acquire(file.parent, "a copy of the database")
        began = time.monotonic()
        try:
            counts = database_copy.copy(
                database.schema, engine, target, _on_progress(sys.stderr), resume=resume, replace=replace
            )
        except (OSError, DBAPIError) as error:
            failed = target if isinstance(error, DBAPIError) and postgres.is_postgres(target) else engine
            raise database.schema.to_start_error(error, failed) from error
        finally:
            engine.dispose()
        rows = ", ".join(f"{table} {count:,}" for table, count in counts.items())
        taken = time.monotonic() - began
        return f"Copied and compared in {taken:.0f} s ({rows}) to {target.url.render_as_string()}."


def _identity(of: Engine) -> object:
    return database_copy.sqlite_path(of) or (of.url.host, of.url.port, of.url.database)


def _on_progress(to: TextIO) -> OnProgress:
    last: dict[str, float] = {}

    def report(table: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now >= last.get(table, 0.0) + PROGRESS_EVERY_S:
            last[table] = now
            print(f"{table}: {done:,} of {total:,}", file=to, flush=True)

    return report
