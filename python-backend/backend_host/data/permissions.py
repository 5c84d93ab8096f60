"""The app's files in the data dir, and their permissions."""

import logging
import os
import re
import stat
import sys
from pathlib import Path

from backend_host.data.names import BACKUPS_DIR, DATABASE_FILE

logger = logging.getLogger(__name__)

_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
APP_FILES = {
    "logs": re.compile(r"(fastapi|shell)[^/]*\.log.*"),
    BACKUPS_DIR: re.compile(r"app-.+\.(db|partial)|damaged-.+-app\.db.*"),
    "": re.compile(
        r"app\.db(-wal|-shm|-journal)?|app\.lock|logs|backups|hot|(config\.json|secret_key)(\.\d+\.tmp)?"
        r"|config\.json\.broken-.+|\.window-state\.json|window-theme|server\.json(\.broken-.+)?"
    ),
}
"""Patterns of the names of the app's files and folders, by folder relative to the data dir."""


def restrict_to_owner(data_dir: Path) -> None:
    """Restrict the permissions of the app's files to the owner and log every change. Logs errors, raises none.

    A folder is restricted only if all files in it are the app's, and the data dir only if it contains a database: the
    user may have chosen an existing folder as the data dir. Does nothing on Windows, where files inherit the ACL of
    their folder.
    """
    if sys.platform == "win32":
        return
    try:
        paths = [path for name in APP_FILES for path in _app_files(data_dir, name)]
    except OSError as error:
        logger.warning("Checking the permissions in %s failed: %s", data_dir, error.strerror)
        return
    for path in paths:
        try:
            mode = stat.S_IMODE(path.lstat().st_mode)
            if not mode & _GROUP_AND_OTHERS:
                continue
            os.chmod(path, mode & ~_GROUP_AND_OTHERS)
        except FileNotFoundError:
            continue  # a running backend deleted or renamed it
        except OSError as error:
            logger.warning("Restricting the permissions of %s to its owner failed: %s", path, error.strerror)
        else:
            logger.warning("Restricted the permissions of %s to its owner", path)


def _app_files(data_dir: Path, name: str) -> list[Path]:
    folder, pattern = data_dir / name, APP_FILES[name]
    if folder.is_symlink() or not folder.is_dir():
        return []
    content = list(folder.iterdir())
    files = [path for path in content if pattern.fullmatch(path.name) and path.is_file(follow_symlinks=False)]
    names = {path.name for path in content}
    only_app_files = all(map(pattern.fullmatch, names))
    return [*files, folder] if only_app_files and (name or DATABASE_FILE in names) else files
