"""The database engine, and creation of the first superuser."""

import logging
import uuid
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
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

DEFAULT_USER_NAME = "Local user"
"""The default user's name while authentication is off."""

engine = (
    postgres.create_postgres_engine(settings.DATABASE_URL, settings.DATABASE_POOL_SIZE)
    if settings.DATABASE_URL
    else create_sqlite_engine(settings.SQLALCHEMY_DATABASE_URI)
)

watcher = None if settings.is_server else DatabaseWatcher(settings.DATA_DIR / DATABASE_FILE, schema.program)
"""Watches the database file while the app serves."""


def init_db(session: Session, *, migrate: bool = True) -> None:
    """Migrate the schema and create the first superuser, which is the default user while authentication is off.

    The account has a fixed id, so it owns the same items when authentication is turned on or off. FIRST_SUPERUSER and
    FIRST_SUPERUSER_PASSWORD apply until the account has a password. With authentication off, a demoted or deactivated default
    user becomes an active superuser again and loses its password, so that the demoted person does not regain access.
    Creates a missing database, unless other files show that the data dir had one. `migrate=False` raises SchemaDiffersError
    if migrations are pending. Raises DatabaseError, DataDirError.
    """
    database = session.get_bind().engine
    with schema.converted_errors(database):
        if not postgres.is_postgres(database):
            reject_lost_database(Path(str(database.url.database)), schema.program)
        schema.upgrade(database, migrate=migrate and not settings.CANDIDATE)
        try:
            _ensure_default_user(session)
        except IntegrityError:
            session.rollback()  # another process created it first


def _ensure_default_user(session: Session) -> None:
    password = settings.FIRST_SUPERUSER_PASSWORD
    user = session.get(User, DEFAULT_USER_ID)
    if user is None:
        full_name = None if settings.AUTH_REQUIRED else DEFAULT_USER_NAME
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
        if user.full_name == DEFAULT_USER_NAME:
            user.full_name = None
    session.add(user)
    for unindexed in session.exec(select(User).where(col(User.search_text).is_(None))):
        unindexed.search_text = search_text(unindexed.email, unindexed.full_name)
    session.commit()


def _default_email(session: Session) -> str:
    """Return FIRST_SUPERUSER, or a random email if another account has that email."""
    email = settings.FIRST_SUPERUSER
    with session.no_autoflush:
        taken = session.exec(select(User.id).where(User.email == email, User.id != DEFAULT_USER_ID)).first()
    return f"default-{uuid.uuid4().hex}@example.com" if taken else email


def has_active_superuser(session: Session) -> bool:
    """Whether an active superuser has a password."""
    conditions = (col(User.is_superuser), col(User.is_active), User.hashed_password != "")
    return session.exec(select(User.id).where(*conditions).limit(1)).first() is not None


def close(engine: Engine) -> None:
    """Close all connections. SQLite checkpoints the write-ahead log when the last one closes."""
    engine.dispose()
    logger.info("Database closed")
