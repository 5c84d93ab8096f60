"""Logging: everything, uvicorn's lines too, to logs/fastapi.log and to stderr."""

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.core.errors import DataDirError

MAX_FILE_BYTES = 5 * 1024 * 1024
KEPT_FILES = 3


def configure(data_dir: Path, level: str) -> None:
    """Send the root logger's records to the rotated file and to stderr. Raises DataDirError."""
    path = data_dir / "logs" / "fastapi.log"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = RotatingFileHandler(path, maxBytes=MAX_FILE_BYTES, backupCount=KEPT_FILES - 1, encoding="utf-8")
    except OSError as error:
        raise DataDirError(
            f"The log {path} can't be written: {error.strerror}. Check that the data dir is yours and has room."
        ) from error
    line = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    line.converter = time.gmtime
    set_level(level)
    root = logging.getLogger()
    for handler in (file, logging.StreamHandler()):
        handler.setFormatter(line)
        root.addHandler(handler)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # app.core.migrate says the same in one line


def set_level(level: str) -> None:
    """Leave out records below `level`, from now on; uvicorn's loggers have a level of their own."""
    for name in (None, "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).setLevel(level.upper())
