"""Files that must be whole and private."""

import errno
import os
import sqlite3
from pathlib import Path

from backend_host.errors import DataDirError, DataDirNotPrivateError, DiskFullError


def is_disk_full(error: Exception) -> bool:
    """Whether `error`, or the SQLite error it wraps, says that a disk has no room left."""
    cause = getattr(error, "orig", None) or error
    code: int = getattr(cause, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL or getattr(cause, "errno", None) == errno.ENOSPC


def data_dir_error(what: str, error: Exception) -> DataDirError:
    """`what` can't be used, for the reason that `error` gives, and what to do about it."""
    if is_disk_full(error):
        return DiskFullError(f"{what}: the disk is full. Make room, then try again.")
    if isinstance(error, FileExistsError | NotADirectoryError):
        return DataDirError(
            f"{what}: {error.filename}, or what it lies in, is a file where a folder must be. Move it away."
        )
    if getattr(error, "errno", None) == errno.ELOOP:
        return DataDirNotPrivateError(
            f"{what}: it is a link, which the app does not follow. Put the file itself there."
        )
    return DataDirError(f"{what}: {error}. Check that the folder is yours and has room.")


def open_private(path: str | Path, flags: int) -> int:
    """Open a file of the app's own, made readable by its owner only, and follow no link. Raises OSError, ELOOP for one."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)


def read_private(path: Path) -> bytes:
    """What is in such a file. Raises OSError."""
    with open(open_private(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb") as file:
        return file.read()


def write_private(path: Path, text: str) -> None:
    """Write `text` so that `path` holds all of it or is as before, readable by its owner only. Raises OSError."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside.unlink(missing_ok=True)  # of an earlier process of that number
    try:
        with open(open_private(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
