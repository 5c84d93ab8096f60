"""Error responses of every route: `{"detail", "code"}`, never a traceback, and never what the client sent."""

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

from backend_host.database.postgres import sqlstate
from backend_host.error_codes import HostErrorCode
from backend_host.errors import BackupError, ConflictError, DatabaseBusyError, ServerBusyError
from backend_host.http.body_limit import BodyTooLargeError, BodyTooLargeResponse
from backend_host.http.error_response import ApiError, error_response

logger = logging.getLogger(__name__)

_SQLITE: dict[int, tuple[int, HostErrorCode, str]] = {
    sqlite3.SQLITE_BUSY: (503, HostErrorCode.DATABASE_BUSY, "The database is busy. Try again in a moment."),
    sqlite3.SQLITE_LOCKED: (503, HostErrorCode.DATABASE_BUSY, "The database is busy. Try again in a moment."),
    sqlite3.SQLITE_READONLY: (
        503,
        HostErrorCode.READ_ONLY,
        "The data dir can't be written. Check that the folder is yours.",
    ),
    sqlite3.SQLITE_PERM: (
        503,
        HostErrorCode.READ_ONLY,
        "The data dir can't be written. Check that the folder is yours.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        503,
        HostErrorCode.DATABASE_UNAVAILABLE,
        "The database can't be opened. Check the data dir.",
    ),
    sqlite3.SQLITE_IOERR: (
        503,
        HostErrorCode.DATABASE_UNAVAILABLE,
        "The disk answered with an error. Check it, then try again.",
    ),
    sqlite3.SQLITE_CORRUPT: (503, HostErrorCode.DATABASE_DAMAGED, "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_FORMAT: (503, HostErrorCode.DATABASE_DAMAGED, "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_NOTADB: (503, HostErrorCode.DATABASE_DAMAGED, "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_FULL: (507, HostErrorCode.DISK_FULL, "The disk is full. Make room, then try again."),
}

_MOVED = (
    503,
    HostErrorCode.DATABASE_MOVED,
    "The database was deleted or replaced, so nothing is stored. Restart the app.",
)
_TRY_AGAIN = (503, HostErrorCode.DATABASE_BUSY, "The database is busy. Try again in a moment.")
_UNREACHABLE = (503, HostErrorCode.DATABASE_UNREACHABLE, "The database does not answer. Try again in a moment.")
_POSTGRES: dict[str, tuple[int, HostErrorCode, str]] = {
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,  # it stops or starts
    "40": _TRY_AGAIN,  # two transactions stood in each other's way
    "53300": _TRY_AGAIN,  # no connection left
    "55P03": _TRY_AGAIN,
    "57014": _TRY_AGAIN,  # the statement took too long
    "25006": (503, HostErrorCode.READ_ONLY, "The database takes no changes at the moment. Try again later."),
    "53100": (507, HostErrorCode.DISK_FULL, "The database's disk is full. Make room, then try again."),
    "58": (
        503,
        HostErrorCode.DATABASE_UNAVAILABLE,
        "The database's disk answered with an error. Look at PostgreSQL's log.",
    ),
}
"""By PostgreSQL's codes, or what those begin with."""


_FRAMEWORK_CODES = {404: HostErrorCode.NOT_FOUND, 405: HostErrorCode.METHOD_NOT_ALLOWED}
"""Codes for the errors that Starlette and FastAPI raise themselves, by status; `invalid_request` for any other."""


def add_error_handlers(app: FastAPI) -> None:
    """Map exceptions to error responses."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(BodyTooLargeError, _on_too_large)
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
    faults = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    # Not as JSONResponse does it: a lone surrogate, which JSON can name and UTF-8 can't hold, stays an escape.
    return Response(json.dumps({"detail": faults}), 422, media_type="application/json")


def _on_too_large(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLargeError)
    return BodyTooLargeResponse(error.limit)


def _on_database_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError):
        return _on_conflict(_request, error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    answer = _of_sqlite(cause) if isinstance(cause, sqlite3.Error) else _of_postgres(error)
    if answer is None:
        raise error
    logger.error("The database failed: %s", cause)
    return error_response(*answer)


def _of_sqlite(cause: object) -> tuple[int, HostErrorCode, str] | None:
    code = getattr(cause, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        return _MOVED
    return _SQLITE.get(code & 0xFF)  # the primary code; the rest says more closely why


def _of_postgres(error: Exception) -> tuple[int, HostErrorCode, str] | None:
    state = sqlstate(error)
    if state is None:
        return _UNREACHABLE if isinstance(error, OperationalError | InterfaceError) else None
    return next((answer for prefix, answer in _POSTGRES.items() if state.startswith(prefix)), None)


def _on_busy(_request: Request, _error: Exception) -> Response:
    logger.error("All connections to the database are in use")
    return error_response(*_TRY_AGAIN)


def _on_conflict(_request: Request, _error: Exception) -> Response:
    return error_response(409, HostErrorCode.CONFLICT, "This clashes with what was stored meanwhile. Load it again.")


def _on_file_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return error_response(*_SQLITE[sqlite3.SQLITE_FULL])
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return error_response(*_SQLITE[sqlite3.SQLITE_READONLY])
    if error.errno in {errno.EEXIST, errno.ENOTDIR, errno.EISDIR} and error.filename:
        logger.error("Something is in the way: %s", error)
        name = Path(os.fsdecode(error.filename)).name
        return error_response(
            503,
            HostErrorCode.IN_THE_WAY,
            f"{name} in the data dir is a file where a folder belongs, or the other way round. Move it away.",
        )
    raise error


def _on_gone(_request: Request, _error: Exception) -> Response:
    return error_response(404, HostErrorCode.GONE, "This was deleted meanwhile.")


def _on_backup_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BackupError)
    return error_response(503 if isinstance(error, DatabaseBusyError) else 409, error.code, str(error))
