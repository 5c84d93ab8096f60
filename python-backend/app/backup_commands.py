"""`python -m app backup` and `python -m app restore FILE`: the same as the API does, without it."""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from app.core import backup, restore
from app.core.db import engine
from app.core.errors import BackupError
from app.core.migrate import explain
from app.models import BackupReason


def run(file: Path | None) -> str:
    """Restore `file`, or without one make a backup; what was done, for people. Raises BackupError or StartError."""
    try:
        return restore_file(file) if file else make_backup()
    except (OSError, DBAPIError, sqlite3.Error) as error:
        raise explain(error, engine.url.database) from error
    finally:
        engine.dispose()


def make_backup() -> str:
    """Back the database up; the new file's path."""
    database = Path(str(engine.url.database))
    if not database.exists():
        raise BackupError(f"There is no database in {database.parent}. Choose the right folder with --data-dir.")
    made = backup.create(engine, BackupReason.MANUAL)
    return str(backup.folder_of(engine) / made.name)


def restore_file(chosen: Path) -> str:
    """Put `chosen` in the place of the database, also of a running app; what was done, for people."""
    kept = restore.restore(engine, chosen)
    done = f"Restored {chosen}."
    return f"{done} What it replaced: {backup.folder_of(engine) / kept.name}" if kept else done
