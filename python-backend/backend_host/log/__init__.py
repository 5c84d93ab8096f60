"""Logging of the app and uvicorn: JSON lines to the rotated file logs/fastapi.log, plain text to stderr."""

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from backend_host.data.files import data_dir_error, open_private
from backend_host.http.request_id import request_id
from backend_host.launch.contract import HEALTH_PATH
from backend_host.log.repeat_filter import RepeatFilter

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_FILES = 3
MAX_ACCESS_FIELD_LENGTH = 300
"""Maximum length of client, method and path in the access log. Paths of up to 64 KB are valid."""


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object: time (UTC), level, logger, message, and if present request_id and exception."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            line["request_id"] = current
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class ConsoleFormatter(logging.Formatter):
    """Formats a record as plain text. Escapes control characters, which could inject terminal sequences."""

    _escapes = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(self._escapes)


def _filter_access_log(record: logging.LogRecord) -> bool:
    """Remove query strings, which may contain search terms, truncate long fields, and drop records of health checks."""
    if isinstance(record.args, tuple) and len(record.args) == 5:
        client, method, path, *rest = record.args
        path = str(path).partition("?")[0]
        record.args = (
            str(client)[:MAX_ACCESS_FIELD_LENGTH],
            str(method)[:MAX_ACCESS_FIELD_LENGTH],
            path[:MAX_ACCESS_FIELD_LENGTH],
            *rest,
        )
    return f"{HEALTH_PATH} " not in record.getMessage()


def configure(data_dir: Path | None, level: str) -> None:
    """Log to stderr and, unless `data_dir` is None, to the rotated file in it. Raises DataDirError."""
    handlers: list[logging.Handler] = [stderr := logging.StreamHandler()]
    if data_dir:
        handlers.append(_file_handler(data_dir / "logs" / "fastapi.log"))
    set_level(level)
    root = logging.getLogger()
    stderr.setFormatter(ConsoleFormatter())
    for handler in handlers:
        handler.addFilter(RepeatFilter(handler))
        root.addHandler(handler)
    logging.getLogger("uvicorn.access").addFilter(_filter_access_log)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # backend_host.database.schema logs each migration


class _PrivateFileHandler(RotatingFileHandler):
    """A rotating file with mode 0600. Reports consecutive write errors once on stderr, without tracebacks."""

    _failed = False
    _reported = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        self._reported = self._failed

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._failed = True
        if not self._reported:
            print(f"Writing the log {self.baseFilename} failed: {error.strerror}", file=sys.stderr)

    def _open(self) -> TextIOWrapper:
        # Like the base class, but follows no links.
        fd = open_private(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        return open(fd, "a", encoding=self.encoding, errors=self.errors)


def _file_handler(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = _PrivateFileHandler(path, maxBytes=MAX_FILE_BYTES, backupCount=MAX_FILES - 1, encoding="utf-8")
    except OSError as error:
        raise data_dir_error(f"The log {path} can't be written", error) from error
    file.setFormatter(JsonFormatter())
    return file


def set_level(level: str) -> None:
    """Set the level of the root logger and uvicorn's loggers."""
    for name in (None, "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logging.getLogger(name).setLevel(level.upper())
