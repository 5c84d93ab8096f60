"""Saves the content of a deleted or replaced database through a connection that has its files open."""

import logging
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from backend_host.data.names import BACKUPS_DIR
from backend_host.database import backup
from backend_host.launch.restore_command import restore_command

logger = logging.getLogger(__name__)

_BUSY_MS = 5_000
"""Busy timeout of the checkpoint."""


def save(program: str, connection: sqlite3.Connection, database: Path, opened: Mapping[str, os.stat_result]) -> str:
    """Save the database and return what was saved and what to do next, for the user. Logs errors, raises none.

    If the write-ahead log was deleted or replaced, it is checkpointed into the database. If the database was deleted or
    replaced, it is copied to backups/. `opened` has the `stat` of the files when they were opened, by path. `program` are
    the arguments of `python -m`.
    """
    log = Path(f"{database}-wal")
    change = _file_change(database, opened[str(database)])
    if change == "unchanged":
        if not _is_same_file(log, opened.get(str(log))):
            _move_unrelated_log(log)
        if _checkpoint(connection):
            return "All stored data was saved. Start the app again."
    saved = None if change == "emptied" else _copy(connection, database.parent / BACKUPS_DIR)
    if change == "replaced" and _is_same_file(log, opened.get(str(log))):
        _move_unrelated_log(log)  # SQLite would apply it to the other database
        with suppress(OSError):
            Path(f"{database}-shm").unlink()
    backups = backup.list_files(database.parent / BACKUPS_DIR)
    outcome = f"All stored data was saved to the backup {saved}. " if saved else ""
    if not backups:
        return "Put the file back, then start the app again."
    command = restore_command(program, database.parent, saved or backups[0].name)
    which = "that" if saved else "the newest"
    return f"{outcome}Put the file back, or restore {which} backup: {command}\nThen start the app again."


def _file_change(path: Path, opened: os.stat_result) -> Literal["unchanged", "missing", "replaced", "emptied"]:
    """Compare a file with its `stat` when it was opened."""
    if not path.exists():
        return "missing"
    if not _is_same_file(path, opened):
        return "replaced"
    return "unchanged" if path.stat().st_size or not opened.st_size else "emptied"


def _is_same_file(path: Path, opened: os.stat_result | None) -> bool:
    try:
        return opened is not None and os.path.samestat(path.stat(), opened)
    except OSError:
        return False


def _checkpoint(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        busy, frames, written = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        logger.critical("Checkpointing the write-ahead log failed: %s", error)
        return False
    return not busy and frames == written


def _copy(connection: sqlite3.Connection, folder: Path) -> str | None:
    if not folder.parent.is_dir():
        return None  # the data dir itself was deleted, perhaps on purpose
    try:
        saved = backup.create_from_connection(connection, folder)
    except (OSError, sqlite3.Error) as error:
        logger.critical("Copying the lost database failed: %s", error)
        return None
    logger.warning("Copied the lost database to %s", saved.name)
    return saved.name


def _move_unrelated_log(log: Path) -> None:
    """Move a write-ahead log that belongs to another database to backups/."""
    if not log.exists():
        return
    try:
        folder = log.parent / BACKUPS_DIR
        folder.mkdir(mode=0o700, exist_ok=True)
        os.replace(log, folder / f"damaged-{time.time_ns()}-{log.name}")
    except OSError as error:
        logger.critical("Moving %s, which belongs to another database, failed: %s", log, error)
