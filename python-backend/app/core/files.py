"""Files that must be whole and private."""

import errno
import os
import sqlite3
from pathlib import Path

from app.core.errors import DataDirError, DiskFullError


def is_full(error: Exception) -> bool:
    """Whether `error`, or the SQLite error it wraps, says that a disk has no room left."""
    cause = getattr(error, "orig", None) or error
    code: int = getattr(cause, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL or getattr(cause, "errno", None) == errno.ENOSPC


def unusable(what: str, error: Exception) -> DataDirError:
    """`what` can't be used, for the reason that `error` gives, and what to do about it."""
    if is_full(error):
        return DiskFullError(f"{what}: the disk is full. Make room, then try again.")
    if isinstance(error, FileExistsError | NotADirectoryError):
        return DataDirError(
            f"{what}: {error.filename}, or what it lies in, is a file where a folder must be. Move it away."
        )
    return DataDirError(f"{what}: {error}. Check that the folder is yours and has room.")


def write_private(path: Path, text: str) -> None:
    """Write `text` so that `path` holds all of it or is as before, readable by its owner only. Raises OSError."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
