"""`python -m app backup` and `python -m app restore FILE`: the same as the API does, without it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from app.core.db import engine
from app.models import BackupReason
from backend_host.data import data_lock, scratch
from backend_host.database import backup, restore
from backend_host.database.database_file import refuse_lost
from backend_host.database.migrate import explain
from backend_host.errors import BackupError


def run(file: Path | None) -> str:
    """Restore `file`, or without one make a backup; what was done, for people. Raises BackupError or StartError."""
    try:
        scratch.clean_backups(backup.folder_of(engine))
        return restore_file(file) if file else make_backup()
    except (OSError, DBAPIError, sqlite3.Error) as error:
        raise explain(error, engine.url.database) from error
    finally:
        engine.dispose()


def make_backup() -> str:
    """Back the database up; the new file's path."""
    folder = backup.folder_of(engine)
    database = Path(str(engine.url.database))
    if not database.exists():
        raise BackupError(f"There is no database in {database.parent}. Choose the right folder with --data-dir.")
    refuse_lost(database)
    made = backup.create(engine, BackupReason.MANUAL)
    return str(folder / made.name)


def restore_file(given: Path) -> str:
    """Put a backup, a path or the name of one in backups/, in the database's place; what was done, for people."""
    folder = backup.folder_of(engine)
    chosen = given if given.exists() else folder / given
    if not chosen.is_file():
        raise BackupError(f"There is no file {given}, nor a backup of that name in {folder}.")
    replaced = restore.restore(engine, chosen, lambda: _alone(folder.parent))
    if replaced.damaged:
        return f"Restored {chosen}. The damaged database is now {replaced.damaged}"
    if replaced.backup:
        return f"Restored {chosen}. What it replaced: {folder / replaced.backup.name}"
    return f"Restored {chosen}."


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Raise DataDirInUseError while an app works on the data dir."""
    data_lock.hold(data_dir, "a restore")
    yield
