"""The database: one SQLite file in the data dir; of a server, the PostgreSQL of its DATABASE_URL."""

import logging
import sqlite3
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import Session, col, create_engine, delete, select

from app.core.config import settings
from app.core.security import get_password_hash
from app.core.settings import DATABASE
from app.core.text import search_text
from app.models import DEFAULT_USER_ID, RecoveryCode, User
from backend_host.database import postgres
from backend_host.database.database_file import Connection, Watch, refuse_lost
from backend_host.database.migrate import explain, upgrade

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 20_000
"""How long a writer waits for SQLite's single write lock before it fails: longer than an import of 100,000 items holds
it (docs/benchmarks.md), shorter than clients wait for an answer."""

WAL_LIMIT_BYTES = 16 * 1024 * 1024
"""Size to which SQLite truncates the write-ahead log after a checkpoint. A large import makes it grow to hundreds of
megabytes; everyday writes stay below 4 MiB (SQLite's automatic checkpoint, every 1,000 pages)."""


LOCAL_NAME = "Local user"
"""The default user's name while nobody logs in."""


def _on_connect(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
    connection.remember_files()


_FAILURES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _on_error(context: ExceptionContext) -> None:
    """Close a connection on which the disk or the file failed: SQLite may go on to report that error on it."""
    error = context.original_exception
    if str(error).startswith("Could not decode to UTF-8"):
        _name_undecodable(error, context.sqlalchemy_exception)
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _FAILURES:
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _name_undecodable(error: BaseException, wrapped: StatementError | None) -> None:
    """Give it the code of a damaged file, which sqlite3 leaves out, and take the text out, which belongs in no log."""
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT  # type: ignore[attr-defined]
    for each in (error, wrapped):
        if each is not None:
            each.args = tuple(str(part).partition(" with text ")[0] for part in each.args)


def create_sqlite_engine(uri: str) -> Engine:
    """An engine whose every connection has WAL, foreign keys, a busy timeout and a checked commit. Opens nothing yet.

    The pool has no upper bound: a request holds a connection while it waits for a thread, so threads that wait for
    connections could stop everything. Errors leave out what was to be stored: they reach the log.
    """
    options = {"check_same_thread": False, "factory": Connection}
    new = create_engine(uri, connect_args=options, max_overflow=-1, hide_parameters=True)
    event.listen(new, "connect", _on_connect)
    event.listen(new, "handle_error", _on_error)
    return new


engine = (
    postgres.create(settings.DATABASE_URL, settings.DATABASE_POOL_SIZE)
    if settings.DATABASE_URL
    else create_sqlite_engine(settings.SQLALCHEMY_DATABASE_URI)
)

watch = None if settings.is_server else Watch(settings.DATA_DIR / DATABASE)
"""Of the engine's database file; it runs while the app serves."""


def init_db(session: Session) -> None:
    """Bring the schema up to date and make sure that the first superuser, or with auth off the default user, exists.

    They are the same account, known by its fixed id, so its items stay its own when auth is turned on or off.
    A FIRST_SUPERUSER_PASSWORD given later is taken as long as the account has none, and so is a FIRST_SUPERUSER
    given with it. With auth off the account is an active superuser again, whatever others made of it: without a
    login there is nobody else to act as. Its old password is not good any more then, so that whoever lost those
    rights does not get them back. A missing database is made, unless there are traces of an earlier one.
    Raises DatabaseError, DataDirError.
    """
    database = session.get_bind().engine
    if not postgres.is_postgres(database):
        try:
            refuse_lost(Path(str(database.url.database)))
        except OSError as error:
            raise explain(error, database.url.database) from error
    upgrade(database, allowed=not settings.ON_TRIAL)
    try:
        _make_default_user(session)
    except IntegrityError:
        session.rollback()  # another process on the same data dir made it first
    except DBAPIError as error:
        on_server = postgres.is_postgres(database)
        raise (postgres.explain(error, database) if on_server else explain(error, database.url.database)) from error


def _make_default_user(session: Session) -> None:
    password = settings.FIRST_SUPERUSER_PASSWORD
    user = session.get(User, DEFAULT_USER_ID)
    if user is None:
        full_name = None if settings.AUTH_REQUIRED else LOCAL_NAME
        user = User(id=DEFAULT_USER_ID, email=_default_email(session), full_name=full_name, is_superuser=True)
    if not settings.AUTH_REQUIRED and not (user.is_active and user.is_superuser):
        logger.warning("Authentication is off: the default user is an active superuser again, without a password")
        user.is_active = user.is_superuser = True
        user.hashed_password = ""
        user.token_version += 1
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    if password and not user.hashed_password:
        user.hashed_password = get_password_hash(password)
        if "FIRST_SUPERUSER" in settings.model_fields_set:
            user.email = _default_email(session)
        if user.full_name == LOCAL_NAME:
            user.full_name = None
    session.add(user)
    for written_elsewhere in session.exec(select(User).where(col(User.search_text).is_(None))):
        written_elsewhere.search_text = search_text(written_elsewhere.email, written_elsewhere.full_name)
    session.commit()


def _default_email(session: Session) -> str:
    """FIRST_SUPERUSER, or a made-up email while another account has that one."""
    email = settings.FIRST_SUPERUSER
    with session.no_autoflush:
        others = session.exec(select(User.id).where(User.email == email, User.id != DEFAULT_USER_ID)).first()
    return f"default-{uuid.uuid4().hex}@example.com" if others else email


def has_active_superuser(session: Session) -> bool:
    """Whether an active superuser could log in: without one, authentication would lock everybody out."""
    leaders = (col(User.is_superuser), col(User.is_active), User.hashed_password != "")
    return session.exec(select(User.id).where(*leaders).limit(1)).first() is not None


def close(used: Engine) -> None:
    """Close every connection; with the last one SQLite folds the write-ahead log back into the file."""
    used.dispose()
    logger.info("Database closed")
