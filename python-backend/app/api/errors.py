"""What every route may answer instead: `{"detail", "code"}`, never a traceback, and never what the client sent."""

import errno
import json
import logging
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from app.core.config import settings
from app.core.error_codes import ErrorCode
from app.models import ErrorMessage
from backend_host.database.postgres import sqlstate
from backend_host.errors import BackupError, ConflictError, DatabaseBusyError, ServerBusyError
from backend_host.http.body_limit import BodyTooLargeError, BodyTooLargeResponse
from backend_host.http.error_response import CODE_HEADER, error_response

logger = logging.getLogger(__name__)

Responses = dict[int | str, dict[str, Any]]


RETRY_AFTER = {"Retry-After": {"description": "Seconds until another try makes sense.", "schema": {"type": "integer"}}}


SCHEMA = {"$ref": "#/components/schemas/ErrorMessage"}
"""By name: FastAPI would build a validator of each `model` for every route and status, a tenth of the whole start."""


CODE = {CODE_HEADER: {"description": "Identifies the error.", "schema": {"$ref": "#/components/schemas/ErrorCode"}}}


def error_responses(**causes: str) -> Responses:
    """OpenAPI descriptions of errors, written `s404="…"`."""
    return {
        int(name[1:]): {
            "content": {"application/json": {"schema": SCHEMA}},
            "description": cause,
            "headers": CODE | (RETRY_AFTER if name in {"s429", "s503"} else {}),
        }
        for name, cause in causes.items()
    }


COMMON_ERRORS = error_responses(
    s400="The request can't be read (code `invalid_request`, `duplicate_header`, `host`), or the user is inactive (`session_user_inactive`).",
    s401="The launch token (code `launch_token`) or the login (`not_authenticated`) is missing.",
    s403="The login is expired (code `session_expired`), its user may not do this (`superuser_required`, `not_permitted`), or the request comes from a foreign web page (`origin`).",
    s413="The body is larger than this address takes.",
    s500="A fault of the backend's own (code `internal`). Its log says what.",
    s503="The database is busy, read-only or damaged, and nothing was changed; or the backend stops (code `stopping`).",
    s507="The disk is full. Nothing was changed.",
)
NAMED: Responses = {500: COMMON_ERRORS[500] | {"model": ErrorMessage}}
"""For one route, so that the document holds what SCHEMA names."""

SESSION_USER_GONE = error_responses(s404="The session's user was deleted (code `session_user_deleted`).")
RATE_LIMITED = error_responses(
    s429="Too many failed attempts (code `too_many_attempts`). Retry-After says when to try again."
)

_SQLITE: dict[int, tuple[int, ErrorCode, str]] = {
    sqlite3.SQLITE_BUSY: (503, ErrorCode.DATABASE_BUSY, "The database is busy. Try again in a moment."),
    sqlite3.SQLITE_LOCKED: (503, ErrorCode.DATABASE_BUSY, "The database is busy. Try again in a moment."),
    sqlite3.SQLITE_READONLY: (
        503,
        ErrorCode.READ_ONLY,
        "The data dir can't be written. Check that the folder is yours.",
    ),
    sqlite3.SQLITE_PERM: (503, ErrorCode.READ_ONLY, "The data dir can't be written. Check that the folder is yours."),
    sqlite3.SQLITE_CANTOPEN: (503, ErrorCode.DATABASE_UNAVAILABLE, "The database can't be opened. Check the data dir."),
    sqlite3.SQLITE_IOERR: (
        503,
        ErrorCode.DATABASE_UNAVAILABLE,
        "The disk answered with an error. Check it, then try again.",
    ),
    sqlite3.SQLITE_CORRUPT: (503, ErrorCode.DATABASE_DAMAGED, "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_FORMAT: (503, ErrorCode.DATABASE_DAMAGED, "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_NOTADB: (503, ErrorCode.DATABASE_DAMAGED, "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_FULL: (507, ErrorCode.DISK_FULL, "The disk is full. Make room, then try again."),
}

_MOVED = (
    503,
    ErrorCode.DATABASE_MOVED,
    "The database was deleted or replaced, so nothing is stored. Restart the app.",
)
_TRY_AGAIN = (503, ErrorCode.DATABASE_BUSY, "The database is busy. Try again in a moment.")
_UNREACHABLE = (503, ErrorCode.DATABASE_UNREACHABLE, "The database does not answer. Try again in a moment.")
_POSTGRES: dict[str, tuple[int, ErrorCode, str]] = {
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,  # it stops or starts
    "40": _TRY_AGAIN,  # two transactions stood in each other's way
    "53300": _TRY_AGAIN,  # no connection left
    "55P03": _TRY_AGAIN,
    "57014": _TRY_AGAIN,  # the statement took too long
    "25006": (503, ErrorCode.READ_ONLY, "The database takes no changes at the moment. Try again later."),
    "53100": (507, ErrorCode.DISK_FULL, "The database's disk is full. Make room, then try again."),
    "58": (
        503,
        ErrorCode.DATABASE_UNAVAILABLE,
        "The database's disk answered with an error. Look at PostgreSQL's log.",
    ),
}
"""By PostgreSQL's codes, or what those begin with."""


class ApiError(HTTPException):
    """An error response of a route. The only one that routes raise: a client can tell it by its code."""

    def __init__(self, status: int, code: ErrorCode, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.code = code


_FRAMEWORK_CODES = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}
"""Codes for the errors that Starlette and FastAPI raise themselves, by status; `invalid_request` for any other."""


def refuse(status: int, code: ErrorCode, detail: str) -> Response:
    """An error response, with Retry-After where another try makes sense."""
    retryable = code in {ErrorCode.DATABASE_BUSY, ErrorCode.DATABASE_UNREACHABLE}
    return error_response(status, code, detail, {"Retry-After": "1"} if retryable else None)


def add_handlers(app: FastAPI) -> None:
    """Answer every failure that has a name with that name."""
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
    default = _FRAMEWORK_CODES.get(error.status_code, ErrorCode.INVALID_REQUEST)
    code = error.code if isinstance(error, ApiError) else default
    return error_response(error.status_code, code, error.detail, error.headers)


def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    # Not as JSONResponse does it: a lone surrogate, which JSON can name and UTF-8 can't hold, stays an escape.
    return Response(json.dumps({"detail": faults}), 422, media_type="application/json")


def _on_too_large(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLargeError)
    return BodyTooLargeResponse(error.most)


def _on_database_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError):
        return _on_conflict(_request, error)
    if settings.is_server and (answer := _of_postgres(error)):
        logger.error("The database failed: %s", getattr(error, "orig", error))
        return refuse(*answer)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if (answer := _of_sqlite(cause)) is None:
        raise error
    logger.error("The database failed: %s", cause)
    return refuse(*answer)


def _of_sqlite(cause: object) -> tuple[int, ErrorCode, str] | None:
    code = getattr(cause, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        return _MOVED
    return _SQLITE.get(code & 0xFF)  # the primary code; the rest says more closely why


def _of_postgres(error: Exception) -> tuple[int, ErrorCode, str] | None:
    state = sqlstate(error)
    if state is None:
        return _UNREACHABLE if isinstance(error, OperationalError | InterfaceError) else None
    return next((answer for prefix, answer in _POSTGRES.items() if state.startswith(prefix)), None)


def _on_busy(_request: Request, _error: Exception) -> Response:
    logger.error("All connections to the database are in use")
    return refuse(*_TRY_AGAIN)


def _on_conflict(_request: Request, _error: Exception) -> Response:
    return refuse(409, ErrorCode.CONFLICT, "This clashes with what was stored meanwhile. Load it again.")


def _on_file_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return refuse(*_SQLITE[sqlite3.SQLITE_FULL])
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return refuse(*_SQLITE[sqlite3.SQLITE_READONLY])
    if error.errno in {errno.EEXIST, errno.ENOTDIR, errno.EISDIR} and error.filename:
        logger.error("Something is in the way: %s", error)
        name = Path(os.fsdecode(error.filename)).name
        return refuse(
            503,
            ErrorCode.IN_THE_WAY,
            f"{name} in the data dir is a file where a folder belongs, or the other way round. Move it away.",
        )
    raise error


def _on_gone(_request: Request, _error: Exception) -> Response:
    return refuse(404, ErrorCode.GONE, "This was deleted meanwhile.")


def _on_backup_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BackupError)
    return refuse(503 if isinstance(error, DatabaseBusyError) else 409, error.code, str(error))
