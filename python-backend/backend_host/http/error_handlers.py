"""Maps exceptions to error responses `{"detail", "code"}` without tracebacks or the client's input."""

import errno
import json
import logging
import os
import sqlite3
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from backend_host.data.files import is_disk_full
from backend_host.database.postgres import sqlstate
from backend_host.error_codes import HostErrorCode
from backend_host.errors import BackupError, ConflictError, DatabaseBusyError, ServerBusyError
from backend_host.http.body_limit import BodyTooLargeError, BodyTooLargeResponse
from backend_host.http.error_response import CODE_HEADER, ApiError, error_response

logger = logging.getLogger(__name__)

ErrorSpec = tuple[int, HostErrorCode, str]
"""Status, code and detail of an error response."""

_BUSY: ErrorSpec = (503, HostErrorCode.DATABASE_BUSY, "The database is busy. Try again in a moment.")
_DAMAGED: ErrorSpec = (503, HostErrorCode.DATABASE_DAMAGED, "The database is damaged. Restore a backup.")
_READ_ONLY: ErrorSpec = (
    503,
    HostErrorCode.READ_ONLY,
    "The data dir is not writable. Check the folder's owner and permissions.",
)
_DISK_FULL: ErrorSpec = (507, HostErrorCode.DISK_FULL, "The disk is full. Free some space, then try again.")
_MOVED: ErrorSpec = (
    503,
    HostErrorCode.DATABASE_MOVED,
    "The database was deleted or replaced, so nothing is stored. Restart the app.",
)
_UNREACHABLE: ErrorSpec = (
    503,
    HostErrorCode.DATABASE_UNREACHABLE,
    "The database does not answer. Try again in a moment.",
)

_SQLITE_ERRORS: dict[int, ErrorSpec] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: (
        503,
        HostErrorCode.DATABASE_UNAVAILABLE,
        "The database can't be opened. Check the data dir.",
    ),
    sqlite3.SQLITE_IOERR: (
        503,
        HostErrorCode.DATABASE_UNAVAILABLE,
        "The disk reported an error. Check it, then try again.",
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FORMAT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
"""By SQLite's primary result code."""

_POSTGRES_ERRORS: dict[str, ErrorSpec] = {
    "08": _UNREACHABLE,  # connection exception
    "57P": _UNREACHABLE,  # shutdown, cannot connect now
    "40": _BUSY,  # serialization failure, deadlock
    "53300": _BUSY,  # too many connections
    "55P03": _BUSY,  # lock not available
    "57014": _BUSY,  # query canceled: statement timeout
    "25006": (503, HostErrorCode.READ_ONLY, "The database is read-only at the moment. Try again later."),
    "53100": (507, HostErrorCode.DISK_FULL, "The database's disk is full. Free some space, then try again."),
    "58": (503, HostErrorCode.DATABASE_UNAVAILABLE, "The database reported a disk error. See PostgreSQL's log."),
}
"""By SQLSTATE or its prefix."""


_FRAMEWORK_CODES = {404: HostErrorCode.NOT_FOUND, 405: HostErrorCode.METHOD_NOT_ALLOWED}
"""Codes of the HTTPExceptions that Starlette and FastAPI raise, by status. `invalid_request` for others."""


def add_error_handlers(app: FastAPI) -> None:
    """Register the exception handlers of the host."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(BodyTooLargeError, _on_too_large)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(ServerBusyError, _on_busy)
    app.add_exception_handler(PoolTimeoutError, _on_busy)
    app.add_exception_handler(ConflictError, _on_conflict)
    app.add_exception_handler(sqlite3.Error, _on_database_error)
    app.add_exception_handler(OSError, _on_file_error)
    app.add_exception_handler(StaleDataError, _on_gone)
    app.add_exception_handler(BackupError, _on_backup_error)


def _on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    default = _FRAMEWORK_CODES.get(error.status_code, HostErrorCode.INVALID_REQUEST)
    code = error.code if isinstance(error, ApiError) else default
    in_body = not isinstance(error, ApiError) or error.code_in_body
    return error_response(error.status_code, code, error.detail, error.headers, code_in_body=in_body)


def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    detail = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    # Not JSONResponse, whose UTF-8 can't encode a lone surrogate of the request; json.dumps escapes it.
    headers = {CODE_HEADER: HostErrorCode.INVALID_REQUEST}
    return Response(json.dumps({"detail": detail}), 422, headers, "application/json")


def _on_too_large(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLargeError)
    return BodyTooLargeResponse(error.limit)


def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return error_response(400, HostErrorCode.INVALID_REQUEST, "The connection was closed before the body was complete.")


def _on_database_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError):
        return _on_conflict(_request, error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    spec = _sqlite_error(cause) if isinstance(cause, sqlite3.Error) else _postgres_error(error)
    if spec is None:
        raise error
    logger.error("Database error: %s", cause)
    return error_response(*spec)


def _sqlite_error(cause: sqlite3.Error) -> ErrorSpec | None:
    code = getattr(cause, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        return _MOVED
    if is_disk_full(cause):
        return _DISK_FULL
    return _SQLITE_ERRORS.get(code & 0xFF)


def _postgres_error(error: Exception) -> ErrorSpec | None:
    state = sqlstate(error)
    if state is None:
        return _UNREACHABLE if isinstance(error, OperationalError | InterfaceError) else None
    return next((spec for prefix, spec in _POSTGRES_ERRORS.items() if state.startswith(prefix)), None)


def _on_busy(_request: Request, _error: Exception) -> Response:
    logger.error("Database connection pool exhausted")
    return error_response(*_BUSY)


def _on_conflict(_request: Request, _error: Exception) -> Response:
    return error_response(409, HostErrorCode.CONFLICT, "This conflicts with a concurrent change. Reload and try again.")


def _on_file_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if is_disk_full(error):
        return error_response(*_DISK_FULL)
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return error_response(*_READ_ONLY)
    if error.errno in {errno.EEXIST, errno.ENOTDIR, errno.EISDIR} and error.filename:
        logger.error("Path conflict: %s", error)
        name = Path(os.fsdecode(error.filename)).name
        return error_response(
            503,
            HostErrorCode.PATH_CONFLICT,
            f"{name} in the data dir is a file instead of a folder, or a folder instead of a file. Move it away.",
        )
    raise error


def _on_gone(_request: Request, _error: Exception) -> Response:
    return error_response(404, HostErrorCode.GONE, "This was deleted by a concurrent request. Reload.")


def _on_backup_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BackupError)
    return error_response(503 if isinstance(error, DatabaseBusyError) else 409, error.code, str(error))
