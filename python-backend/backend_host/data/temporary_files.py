"""Deletes temporary files that killed processes left in the data dir."""

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
"""Prefix of the temporary folder in backups/ of a restore."""
_IN_BACKUPS = re.compile(rf"{RESTORE_PREFIX}.+|.+\.partial(-journal|-wal|-shm)?")
_IN_DATA_DIR = re.compile(r"(config\.json|secret_key)\.\d+\.tmp|(import|export)-\w+\.partial")


@contextmanager
def shared_lock(folder: Path) -> Iterator[None]:
    """Create the backups folder if it is missing, and protect its temporary files from deletion during the block.

    Uses a shared `flock` on the folder. Windows needs none, because open files can't be deleted there. Raises OSError.
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
    """Delete stale temporary files in a data dir that the caller has locked. Logs errors, raises none."""
    _delete(data_dir, _IN_DATA_DIR)
    delete_stale_in_backups(data_dir / BACKUPS_DIR)


def delete_stale_in_backups(folder: Path) -> None:
    """Delete stale temporary files in a backups folder, unless any process is making or restoring a backup there."""
    if sys.platform == "win32":
        _delete(folder, _IN_BACKUPS)
        return
    import fcntl

    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return  # no backups folder
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _delete(folder, _IN_BACKUPS)
    except BlockingIOError:
        logger.info("Skipped deleting temporary files in %s: a backup or restore is running", folder)
    except OSError as error:
        logger.warning("Deleting temporary files in %s failed: %s", folder, error.strerror)
    finally:
        os.close(fd)


def _delete(folder: Path, names: re.Pattern[str]) -> None:
    try:
        stale = [path for path in folder.iterdir() if names.fullmatch(path.name)]
    except OSError:
        return  # no such folder
    for path in stale:
        try:
            if stat.S_ISDIR(path.lstat().st_mode):
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            logger.warning("Deleting the temporary file %s failed: %s", path, error.strerror)
        else:
            logger.warning("Deleted %s, left by a killed process", path)
