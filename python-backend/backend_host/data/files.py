"""Access to private files in the data dir: owner-only mode, no symbolic links, atomic writes."""

import errno
import os
import sqlite3
import time
from pathlib import Path

from backend_host.errors import DataDirError, DataDirNotPrivateError, DiskFullError

REPLACE_TIMEOUT_S = 1.0


def is_disk_full(error: Exception) -> bool:
    """Whether `error`, or the SQLite error that it wraps, means that the disk is full."""
    cause = getattr(error, "orig", None) or error
    code: int = getattr(cause, "sqlite_errorcode", 0)
    is_full = code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE  # app.db-shm can't grow
    return is_full or getattr(cause, "errno", None) in {errno.ENOSPC, errno.EDQUOT}


def data_dir_error(what: str, error: Exception) -> DataDirError:
    """Convert `error` to a DataDirError whose message is `what`, the cause and what to do next."""
    if is_disk_full(error):
        return DiskFullError(f"{what}: the disk is full. Free some space, then try again.")
    if isinstance(error, FileExistsError | NotADirectoryError):
        return DataDirError(
            f"{what}: {error.filename} or one of its parents is a file and must be a folder. Move the file away."
        )
    if getattr(error, "errno", None) == errno.ELOOP:
        return DataDirNotPrivateError(
            f"{what}: {getattr(error, 'filename', None) or 'it'} is a link, and the app follows no links. "
            "Replace it with a copy of its target."
        )
    return DataDirError(f"{what}: {error}. Check the folder's owner and permissions, and the free space.")


def open_private(path: str | Path, flags: int) -> int:
    """Open a file without following a link, created with mode 0600. Raises OSError, for a link with errno ELOOP."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)


def read_private(path: Path) -> bytes:
    """Read a file without following a link. Raises OSError."""
    with open(open_private(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb") as file:
        return file.read()


def write_private(path: Path, text: str) -> None:
    """Replace the content of `path` with `text` atomically, with mode 0600. Raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary.unlink(missing_ok=True)  # left by a killed process with this id
    try:
        with open(open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _replace(source: Path, target: Path) -> None:
    """Rename `source` to `target`. On Windows, wait up to REPLACE_TIMEOUT_S while a reader has `target` open (sharing violation)."""
    until = time.monotonic() + REPLACE_TIMEOUT_S
    while True:
        try:
            return os.replace(source, target)
        except PermissionError:
            if os.name != "nt" or time.monotonic() > until:
                raise
            time.sleep(0.01)
