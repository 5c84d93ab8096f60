"""Whole copies of the database, in backups/ beside it."""

import os
import re
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.core.errors import ServerBackupError
from app.core.postgres import is_postgres
from app.core.server_mode import INSTEAD_OF_BACKUPS
from app.models import BackupPublic, BackupReason, utc_now

KEPT = 5
"""So many backups of each reason are kept, the newest: those made by the app never push out those made by hand."""
ABANDONED_S = 3_600
"""A copy that was begun so long ago and not finished belongs to a process that was killed."""

_NAME = re.compile(rf"app-(\d{{8}}T\d{{12}})Z-({'|'.join(BackupReason)})\.db")


def folder_of(engine: Engine) -> Path:
    """Where the backups of an engine's database lie. Raises ServerBackupError for a server's, which has none."""
    if is_postgres(engine):
        raise ServerBackupError(INSTEAD_OF_BACKUPS)
    return Path(str(engine.url.database)).parent / "backups"


def create(engine: Engine, reason: BackupReason) -> BackupPublic:
    """Copy the database as it is at this moment, while others go on reading and writing, then drop the oldest copies.

    The copy is complete or not there. Raises OSError or DBAPIError, for example when the disk is full.
    """
    folder = folder_of(engine)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"app-{utc_now():%Y%m%dT%H%M%S%f}Z-{reason}.db"
    partial = path.with_suffix(".partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(partial),))
        with partial.open("rb+") as copy:
            os.fsync(copy.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    _prune(folder)
    return _describe(path)


def list_all(engine: Engine) -> list[BackupPublic]:
    """Every backup, newest first."""
    return [_describe(path) for path in _newest_first(folder_of(engine))]


def find(engine: Engine, name: str) -> Path | None:
    """The file of the backup of that name."""
    return next((path for path in _newest_first(folder_of(engine)) if path.name == name), None)


def _newest_first(folder: Path) -> list[Path]:
    return sorted((path for path in folder.glob("*.db") if _NAME.fullmatch(path.name)), reverse=True)


def _prune(folder: Path) -> None:
    for reason in BackupReason:
        for old in [path for path in _newest_first(folder) if path.stem.endswith(f"-{reason}")][KEPT:]:
            old.unlink(missing_ok=True)
    for partial in folder.glob("*.partial"):
        if partial.stat().st_mtime < time.time() - ABANDONED_S:
            partial.unlink(missing_ok=True)


def _describe(path: Path) -> BackupPublic:
    match = _NAME.fullmatch(path.name)
    assert match, path
    return BackupPublic(
        name=path.name,
        created_at=datetime.strptime(match[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
        size_bytes=path.stat().st_size,
        reason=BackupReason(match[2]),
        revision=_revision(path),
    )


def _revision(path: Path) -> str:
    try:
        copy = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            copy.close()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""
