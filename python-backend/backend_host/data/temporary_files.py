"""Temporary files of backups, restores and settings: what a killed process left is deleted, what one uses is not."""

import logging
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend_host.data.names import BACKUPS_DIR

logger = logging.getLogger(__name__)

RESTORE_PREFIX = "restoring-"
"""Prefix of the folder in backups/ in which a backup is prepared."""
_IN_BACKUPS = re.compile(rf"{RESTORE_PREFIX}.+|.+\.partial(-journal|-wal|-shm)?")
_IN_DATA_DIR = re.compile(r"(config\.json|secret_key)\.\d+\.tmp|(import|export)-\w+\.partial")


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Make the backups folder if it is missing, and have its temporary files left alone while the block runs.

    By a shared lock on the folder, which ends with the process. Windows has none: there an open file can't be deleted.
    Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield
        return
    import fcntl

    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        yield
    finally:
        os.close(fd)


def delete_stale(data_dir: Path) -> None:
    """Delete what killed processes left behind in a data dir whose lock the caller has. Never fails."""
    _delete(data_dir, _IN_DATA_DIR)
    delete_stale_in_backups(data_dir / BACKUPS_DIR)


def delete_stale_in_backups(folder: Path) -> None:
    """The same for the backups folder alone, unless a backup or restore is being made there by any process."""
    if sys.platform == "win32":
        _delete(folder, _IN_BACKUPS)
        return
    import fcntl

    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return  # there is none
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _delete(folder, _IN_BACKUPS)
    except BlockingIOError:
        logger.info("A backup or restore is at work in %s: its temporary files are left alone", folder)
    except OSError as error:
        logger.warning("Temporary files in %s can't be deleted: %s", folder, error.strerror)
    finally:
        os.close(fd)


def _delete(folder: Path, names: re.Pattern[str]) -> None:
    try:
        abandoned = [path for path in folder.iterdir() if names.fullmatch(path.name)]
    except OSError:
        return  # there is none
    for path in abandoned:
        try:
            if stat.S_ISDIR(path.lstat().st_mode):
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            logger.warning("The temporary file %s can't be deleted: %s", path, error.strerror)
        else:
            logger.warning("Deleted %s, left by a process that was killed", path)
