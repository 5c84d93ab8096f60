"""Backups: whole copies of the database, in backups/ beside it."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine

from backend_host.data import temporary_files
from backend_host.data.names import BACKUPS_DIR
from backend_host.database import postgres
from backend_host.errors import ServerBackupError

MAX_PER_REASON = 5
"""Number of backups that are kept for each reason: automatic ones never replace manual ones."""


class BackupReason(StrEnum):
    """What a backup was made for."""

    MANUAL = "manual"
    MIGRATION = "migration"
    RESTORE = "restore"


class BackupPublic(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    name: str
    created_at: datetime
    size_bytes: int
    reason: BackupReason
    revision: str
    """The schema it holds."""


_STAMP = "%Y%m%dT%H%M%S%f"
_NAME = re.compile(rf"app-(\d{{8}}T\d{{12}})Z-({'|'.join(BackupReason)})\.db")


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def backups_dir(engine: Engine) -> Path:
    """The backups folder of an engine's database. Raises ServerBackupError for PostgreSQL, which has none."""
    if postgres.is_postgres(engine):
        raise ServerBackupError(postgres.BACKUP_ADVICE)
    return Path(str(engine.url.database)).parent / BACKUPS_DIR


def create(engine: Engine, reason: BackupReason) -> BackupPublic:
    """Copy the database as it is at this moment, while others go on reading and writing, then drop the oldest copies.

    The copy is complete or not there, and retention never drops it, whatever the clock says.
    Raises OSError or DBAPIError, for example when the disk is full.
    """

    def copy(partial: Path) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(partial),))
            connection.commit()  # which fails for a database that is lost: no copy of it may push out another

    return _store(backups_dir(engine), reason, copy)


def create_from_connection(connection: sqlite3.Connection, folder: Path) -> BackupPublic:
    """Back up a database whose file was deleted or replaced, from a connection that still has the file open.

    Raises OSError or sqlite3.Error.
    """

    def copy(partial: Path) -> None:
        connection.execute("VACUUM INTO ?", (str(partial),))

    return _store(folder, BackupReason.RESTORE, copy)


def _store(folder: Path, reason: BackupReason, copy: Callable[[Path], None]) -> BackupPublic:
    with temporary_files.lock(folder), _reserve_path(folder, reason) as (partial, path):
        copy(partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    _prune(folder, path, reason)
    return _describe(path)


@contextmanager
def _reserve_path(folder: Path, reason: BackupReason) -> Iterator[tuple[Path, Path]]:
    """An empty file to copy into and the path it gets, unlike any other's: a clock may stand still or go back."""
    now = utc_now()
    while True:
        path = folder / f"app-{now:{_STAMP}}Z-{reason}.db"
        partial = path.with_suffix(".partial")
        try:
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            now += timedelta(microseconds=1)
            continue
        try:
            if os.path.lexists(path):
                now += timedelta(microseconds=1)
                continue
            yield partial, path
            return
        finally:
            for left in (partial, Path(f"{partial}-journal")):
                left.unlink(missing_ok=True)


def list_all(engine: Engine) -> list[BackupPublic]:
    """Every backup, newest first. Those dated in the future come last: nothing is known of their age."""
    found = []
    for path in list_files(backups_dir(engine)):
        with suppress(FileNotFoundError):  # retention dropped it just now
            found.append(_describe(path))
    return found


def find(engine: Engine, name: str) -> Path | None:
    """The file of the backup of that name."""
    return next((path for path in list_files(backups_dir(engine)) if path.name == name), None)


def list_files(folder: Path) -> list[Path]:
    """The backups in a folder, which need not exist, newest first."""
    now = utc_now()
    dated = [(made, path) for path in folder.glob("*.db") if (made := _created_at(path)) and _is_file(path)]
    return [path for made, path in sorted(dated, key=lambda one: (one[0] <= now, one), reverse=True)]


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _created_at(path: Path) -> datetime | None:
    """When a backup was made, by its name; None for a file that is none."""
    match = _NAME.fullmatch(path.name)
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC) if match else None
    except ValueError:  # the thirteenth month
        return None


def _prune(folder: Path, made: Path, reason: BackupReason) -> None:
    """Drop the oldest backups of a reason, not the one just made, and what SQLite left beside those."""
    others = [path for path in list_files(folder) if path.stem.endswith(f"-{reason}") and path != made]
    for old in others[MAX_PER_REASON - 1 :]:
        for end in ("", "-wal", "-shm", "-journal"):
            Path(f"{old}{end}").unlink(missing_ok=True)


def _describe(path: Path) -> BackupPublic:
    made_at, match = _created_at(path), _NAME.fullmatch(path.name)
    assert made_at, path
    assert match, path
    return BackupPublic(
        name=path.name,
        created_at=made_at,
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
