"""Which files of the data dir are the app's own, and that they are their owner's only."""

import logging
import os
import re
import stat
import sys
from pathlib import Path

from backend_host.data.names import BACKUPS_DIR

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
APP_FILES = {
    "logs": re.compile(r"(fastapi|shell)[^/]*\.log.*"),
    BACKUPS_DIR: re.compile(r"app-.+\.(db|partial)|damaged-.+-app\.db.*"),
    "": re.compile(
        r"app\.db(-wal|-shm|-journal)?|app\.lock|logs|backups|hot|(config\.json|secret_key)(\.\d+\.tmp)?"
        r"|config\.json\.broken-.+|\.window-state\.json|window-theme|server\.json(\.broken-.+)?"
    ),
}
"""Of the app's files and folders in each folder of a data dir."""


def restrict_to_owner(data_dir: Path) -> None:
    """Take from others what an older version, a copy or a hand left open to them, and say so. Never fails.

    Somebody's own folder may have been named as the data dir: a folder is only closed if all in it is the app's, and
    the data dir itself not before it holds a database.
    """
    if sys.platform == "win32":
        return  # a folder's own rules are handed down there
    try:
        opened = [path for name in APP_FILES for path in _app_files(data_dir, name) if _is_open_to_others(path)]
    except OSError as error:
        logger.warning("Whether others can read %s can't be told: %s", data_dir, error.strerror)
        return
    for path in opened:
        try:
            os.chmod(path, stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
        except OSError as error:
            logger.warning("Others can reach %s, and that can't be changed: %s", path, error.strerror)
        else:
            logger.warning("Others could reach %s; now only its owner can", path)


def _app_files(data_dir: Path, name: str) -> list[Path]:
    folder, known = data_dir / name, APP_FILES[name]
    if folder.is_symlink() or not folder.is_dir():
        return []
    held = list(folder.iterdir())
    files = [path for path in held if known.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode)]
    names = {path.name for path in held}
    nothing_else = files and all(map(known.fullmatch, names))
    return [*files, folder] if nothing_else and (name or "app.db" in names) else files


def _is_open_to_others(path: Path) -> bool:
    return bool(path.lstat().st_mode & _OTHERS)
