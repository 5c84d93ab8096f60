"""Backups: complete copies of the SQLite database in the folder backups/ of the data dir."""

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
from backend_host.errors import BackupsUnsupportedError

MAX_PER_REASON = 5
"""Number of retained backups of each reason, so that automatic backups never delete manual ones."""


class BackupReason(StrEnum):
    """Why a backup was made: by the user, before a migration, before a restore."""

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
    """The schema revision of the database in it."""


_TIMESTAMP_FORMAT = "%Y%m%dT%H%M%S%f"
_NAME_PATTERN = re.compile(rf"app-(\d{{8}}T\d{{12}})Z-({'|'.join(BackupReason)})\.db")


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def backups_dir(engine: Engine) -> Path:
    """Return the backups folder of an engine's SQLite database. Raises BackupsUnsupportedError for PostgreSQL."""
    if postgres.is_postgres(engine):
        raise BackupsUnsupportedError(postgres.BACKUP_ADVICE)
    return Path(str(engine.url.database)).parent / BACKUPS_DIR


def create(engine: Engine, reason: BackupReason) -> BackupPublic:
    """Back up the current state of the database, then delete the oldest backups of the same reason.

    Readers and writers are not blocked. The file appears atomically, and retention never deletes it, even if the clock was
    set back. Raises OSError or DBAPIError, for example if the disk is full.
    """

    def copy(partial: Path) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(partial),))
            connection.commit()  # raises if the database file was deleted or replaced, so that no good backup is pruned

    return _store(backups_dir(engine), reason, copy)


def create_from_connection(connection: sqlite3.Connection, folder: Path) -> BackupPublic:
    """Back up a database whose file was deleted or replaced, through a connection that has the file open.

    Raises OSError or sqlite3.Error.
    """

    def copy(partial: Path) -> None:
        connection.execute("VACUUM INTO ?", (str(partial),))

    return _store(folder, BackupReason.RESTORE, copy)


def _store(folder: Path, reason: BackupReason, copy: Callable[[Path], None]) -> BackupPublic:
    with temporary_files.shared_lock(folder), _reserve_path(folder, reason) as (partial, path):
        copy(partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    _prune(folder, path, reason)
    return _describe(path)


@contextmanager
def _reserve_path(folder: Path, reason: BackupReason) -> Iterator[tuple[Path, Path]]:
    """Yield an empty temporary file and the unused path of the backup. Handles a clock that is stopped or set back."""
    now = utc_now()
    while True:
        path = folder / f"app-{now:{_TIMESTAMP_FORMAT}}Z-{reason}.db"
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
            for path in (partial, Path(f"{partial}-journal")):
                path.unlink(missing_ok=True)


def list_all(engine: Engine) -> list[BackupPublic]:
    """Return all backups, newest first. Backups with a date in the future come last, because their age is unknown."""
    found = []
    for path in list_files(backups_dir(engine)):
        with suppress(FileNotFoundError):  # deleted concurrently by retention
            found.append(_describe(path))
    return found


def find(engine: Engine, name: str) -> Path | None:
    """Return the file of the backup `name`; None if it does not exist."""
    return next((path for path in list_files(backups_dir(engine)) if path.name == name), None)


def list_files(folder: Path) -> list[Path]:
    """Return the files of the backups in a folder, which need not exist, in the order of `list_all`."""
    now = utc_now()
    dated = [(created, path) for path in folder.glob("*.db") if (created := _created_at(path)) and _is_file(path)]
    return [path for _, path in sorted(dated, key=lambda backup: (backup[0] <= now, backup), reverse=True)]


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _created_at(path: Path) -> datetime | None:
    """Return the creation time in a backup's file name; None if the file is not a backup."""
    match = _NAME_PATTERN.fullmatch(path.name)
    try:
        return datetime.strptime(match[1], _TIMESTAMP_FORMAT).replace(tzinfo=UTC) if match else None
    except ValueError:  # not a date, such as month 13
        return None


def _prune(folder: Path, new: Path, reason: BackupReason) -> None:
    """Delete the oldest backups of a reason except `new`, with their journal files."""
    others = [path for path in list_files(folder) if path.stem.endswith(f"-{reason}") and path != new]
    for old in others[MAX_PER_REASON - 1 :]:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{old}{suffix}").unlink(missing_ok=True)


def _describe(path: Path) -> BackupPublic:
    created_at, match = _created_at(path), _NAME_PATTERN.fullmatch(path.name)
    assert created_at, path
    assert match, path
    return BackupPublic(
        name=path.name,
        created_at=created_at,
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
