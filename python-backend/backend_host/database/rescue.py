"""Saves what a lost database holds while a connection still has its files open: once the process exits, it is gone."""

import logging
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from backend_host.data.names import BACKUPS_DIR
from backend_host.database import backup
from backend_host.launch.command_line import restore_command

logger = logging.getLogger(__name__)

_BUSY_MS = 5_000
"""How long a checkpoint waits for readers and writers."""


def save(program: str, connection: sqlite3.Connection, database: Path, opened: Mapping[str, os.stat_result]) -> str:
    """Save what can be saved; what became of it and what to do next, for people. Never fails.

    A write-ahead log that was deleted or replaced is written to its database. A database that was deleted or replaced
    is copied to backups/. `opened` are the files as they were opened, by path. `program` follows `python -m`.
    """
    log = Path(f"{database}-wal")
    state = _state(database, opened[str(database)])
    if state == "same":
        if not _is_same_file(log, opened.get(str(log))):
            _move_aside(log)
        if _checkpoint(connection):
            return "What was stored is safe. Start again."
    saved = None if state == "empty" else _copy(connection, database.parent / BACKUPS_DIR)
    if state == "other" and _is_same_file(log, opened.get(str(log))):
        _move_aside(log)  # SQLite would apply it to the other database
        with suppress(OSError):
            Path(f"{database}-shm").unlink()
    kept = backup.list_files(database.parent / BACKUPS_DIR)
    what = f"What was stored is in the backup {saved}. " if saved else ""
    if not kept:
        return "Put the file back, then start again."
    command = restore_command(program, database.parent, saved or kept[0].name)
    return f"{what}Put the file back or restore the backup, then start again: {command}"


def _state(path: Path, opened: os.stat_result) -> str:
    if not path.exists():
        return "missing"
    if not _is_same_file(path, opened):
        return "other"
    return "same" if path.stat().st_size or not opened.st_size else "empty"


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
        logger.critical("The write-ahead log can't be written to the database: %s", error)
        return False
    return not busy and frames == written


def _copy(connection: sqlite3.Connection, folder: Path) -> str | None:
    if not folder.parent.is_dir():
        return None  # the data dir itself is gone, and may have been meant to
    try:
        made = backup.create_from_connection(connection, folder)
    except (OSError, sqlite3.Error) as error:
        logger.critical("The lost database can't be copied: %s", error)
        return None
    logger.warning("What the lost database held was copied to %s", made.name)
    return made.name


def _move_aside(log: Path) -> None:
    """Move a write-ahead log that is not the database's to backups/."""
    if not log.exists():
        return
    try:
        folder = log.parent / BACKUPS_DIR
        folder.mkdir(mode=0o700, exist_ok=True)
        os.replace(log, folder / f"damaged-{time.time_ns()}-{log.name}")
    except OSError as error:
        logger.critical("%s belongs to another database and can't be moved: %s", log, error)
