"""The database: one SQLite file in the data dir; of a server, the PostgreSQL of its DATABASE_URL."""

import logging
import uuid
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, delete, select

from app.core.config import settings
from app.core.schema import schema
from app.core.security import get_password_hash
from app.models import DEFAULT_USER_ID, RecoveryCode, User
from backend_host.data.names import DATABASE_FILE
from backend_host.database import postgres
from backend_host.database.database_file import DatabaseWatcher, reject_lost_database
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.text.folding import search_text

logger = logging.getLogger(__name__)

LOCAL_NAME = "Local user"
"""The default user's name while nobody logs in."""

engine = (
    postgres.create_postgres_engine(settings.DATABASE_URL, settings.DATABASE_POOL_SIZE)
    if settings.DATABASE_URL
    else create_sqlite_engine(settings.SQLALCHEMY_DATABASE_URI)
)

watcher = None if settings.is_server else DatabaseWatcher(settings.DATA_DIR / DATABASE_FILE, schema.program)
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
            reject_lost_database(Path(str(database.url.database)), schema.program)
        except OSError as error:
            raise schema.to_start_error(error, database) from error
    schema.upgrade(database, migrate=not settings.CANDIDATE)
    try:
        _make_default_user(session)
    except IntegrityError:
        session.rollback()  # another process on the same data dir made it first
    except DBAPIError as error:
        raise schema.to_start_error(error, database) from error


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
