"""What every route may answer instead: `{"detail", "code"}`, never a traceback, and never what the client sent."""

import errno
import json
import logging
import os
import sqlite3
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from app.core.body_limit import BodyTooLargeError, TooLarge
from app.core.config import settings
from app.core.errors import BackupError, ConflictError, DatabaseBusyError, ServerBusyError
from app.core.postgres import sqlstate
from app.models import ErrorMessage

logger = logging.getLogger(__name__)

Responses = dict[int | str, dict[str, Any]]


RETRY_AFTER = {"Retry-After": {"description": "Seconds until another try makes sense.", "schema": {"type": "integer"}}}


SCHEMA = {"$ref": "#/components/schemas/ErrorMessage"}
"""By name: FastAPI would build a validator of each `model` for every route and status, a tenth of the whole start."""


def described(**causes: str) -> Responses:
    """OpenAPI descriptions of errors, written `s404="…"`."""
    return {
        int(name[1:]): {
            "content": {"application/json": {"schema": SCHEMA}},
            "description": cause,
            **({"headers": RETRY_AFTER} if name in {"s429", "s503"} else {}),
        }
        for name, cause in causes.items()
    }


ANYWHERE = described(
    s400="The request can't be read.",
    s401="The launch token or the login is missing.",
    s403="The login is expired or may not do this, or the web page is a foreign one.",
    s413="The body is larger than this address takes.",
    s500="A fault of the backend's own (code `internal`). Its log says what.",
    s503="The database is busy, read-only or damaged, and nothing was changed; or the backend stops (code `stopping`).",
    s507="The disk is full. Nothing was changed.",
)
NAMED: Responses = {500: ANYWHERE[500] | {"model": ErrorMessage}}
"""For one route, so that the document holds what SCHEMA names."""

SLOWED = described(s429="Too many failed attempts. Retry-After says when to try again.")

_SQLITE: dict[int, tuple[int, str, str]] = {
    sqlite3.SQLITE_BUSY: (503, "database_busy", "The database is busy. Try again in a moment."),
    sqlite3.SQLITE_LOCKED: (503, "database_busy", "The database is busy. Try again in a moment."),
    sqlite3.SQLITE_READONLY: (503, "read_only", "The data dir can't be written. Check that the folder is yours."),
    sqlite3.SQLITE_PERM: (503, "read_only", "The data dir can't be written. Check that the folder is yours."),
    sqlite3.SQLITE_CANTOPEN: (503, "database_unavailable", "The database can't be opened. Check the data dir."),
    sqlite3.SQLITE_IOERR: (503, "database_unavailable", "The disk answered with an error. Check it, then try again."),
    sqlite3.SQLITE_CORRUPT: (503, "database_damaged", "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_NOTADB: (503, "database_damaged", "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_FULL: (507, "disk_full", "The disk is full. Make room, then try again."),
}

_TRY_AGAIN = (503, "database_busy", "The database is busy. Try again in a moment.")
_UNREACHABLE = (503, "database_unreachable", "The database does not answer. Try again in a moment.")
_POSTGRES: dict[str, tuple[int, str, str]] = {
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,  # it stops or starts
    "40": _TRY_AGAIN,  # two transactions stood in each other's way
    "53300": _TRY_AGAIN,  # no connection left
    "55P03": _TRY_AGAIN,
    "57014": _TRY_AGAIN,  # the statement took too long
    "25006": (503, "read_only", "The database takes no changes at the moment. Try again later."),
    "53100": (507, "disk_full", "The database's disk is full. Make room, then try again."),
    "58": (503, "database_unavailable", "The database's disk answered with an error. Look at PostgreSQL's log."),
}
"""By PostgreSQL's codes, or what those begin with."""


def refuse(status: int, code: str, detail: str) -> JSONResponse:
    """An error as clients get it: text for people, a code for programs."""
    headers = {"Retry-After": "1"} if code in {"database_busy", "database_unreachable"} else None
    return JSONResponse({"detail": detail, "code": code}, status, headers)


def add_handlers(app: FastAPI) -> None:
    """Answer every failure that has a name with that name."""
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


def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [{name: fault[name] for name in ("loc", "msg", "type")} for fault in error.errors()]
    # Not as JSONResponse does it: a lone surrogate, which JSON can name and UTF-8 can't hold, stays an escape.
    return Response(json.dumps({"detail": faults}), 422, media_type="application/json")


def _on_too_large(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLargeError)
    return TooLarge(error.most)


def _on_database_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError):
        return _on_conflict(_request, error)
    if settings.is_server and (answer := _of_postgres(error)):
        logger.error("The database failed: %s", getattr(error, "orig", error))
        return refuse(*answer)
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the primary code; the rest says more closely why
    if code not in _SQLITE:
        raise error
    logger.error("The database failed: %s", cause)
    return refuse(*_SQLITE[code])


def _of_postgres(error: Exception) -> tuple[int, str, str] | None:
    state = sqlstate(error)
    if state is None:
        return _UNREACHABLE if isinstance(error, OperationalError | InterfaceError) else None
    return next((answer for prefix, answer in _POSTGRES.items() if state.startswith(prefix)), None)


def _on_busy(_request: Request, _error: Exception) -> Response:
    logger.error("All connections to the database are in use")
    return refuse(*_TRY_AGAIN)


def _on_conflict(_request: Request, _error: Exception) -> Response:
    return refuse(409, "conflict", "This clashes with what was stored meanwhile. Load it again.")


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
            "in_the_way",
            f"{name} in the data dir is a file where a folder belongs, or the other way round. Move it away.",
        )
    raise error


def _on_gone(_request: Request, _error: Exception) -> Response:
    return refuse(404, "gone", "This was deleted meanwhile.")


def _on_backup_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BackupError)
    return refuse(503 if isinstance(error, DatabaseBusyError) else 409, error.code, str(error))
