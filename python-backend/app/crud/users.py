"""Users: who they are, and their passwords."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, String, UnaryExpression, func, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select, update

from app.core.config import settings
from app.core.db import has_active_superuser
from app.core.security import get_password_hash, verify_password
from app.models import DEFAULT_USER_ID, RecoveryCode, User, UserCreate, UserSort, UserUpdate, UserUpdateMe
from backend_host.database.collation import bytewise, case_insensitive
from backend_host.database.postgres import acquire_advisory_lock
from backend_host.database.search_index import contains
from backend_host.text.email_address import canonical_email, lower_case_email

SUPERUSER_LOCK = 0x6C656164
"""Number of the advisory lock that is held while a superuser's rights are taken away."""


class EmailTakenError(Exception):
    """Another account has this email."""


class LastSuperuserError(Exception):
    """Without this account nobody could manage the others."""


_NAME = case_insensitive(col(User.full_name))
_EMAIL = bytewise(col(User.email))
_ORDERS: dict[UserSort, UnaryExpression[Any]] = {
    UserSort.NEWEST: col(User.created_at).desc(),
    UserSort.OLDEST: col(User.created_at).asc(),
    UserSort.EMAIL: _EMAIL.asc(),
    UserSort.EMAIL_BACKWARDS: _EMAIL.desc(),
    UserSort.NAME: _NAME.asc().nulls_last(),
    UserSort.NAME_BACKWARDS: _NAME.desc().nulls_last(),
}


def list_users(
    *, session: Session, skip: int, limit: int, q: str = "", sort: UserSort = UserSort.NEWEST
) -> tuple[list[User], int]:
    """One page, and how many there are in all.

    `q` keeps those whose email or name contains it, compared as items are; the empty text keeps all.
    """
    kept = [contains(session, col(User.search_text), q)] if q else []
    count = session.exec(select(func.count()).select_from(User).where(*kept)).one()
    page = select(User).where(*kept).order_by(_ORDERS[sort], col(User.id)).offset(skip).limit(limit)
    return list(session.exec(page).all()), count


def get_user(*, session: Session, user_id: uuid.UUID) -> User | None:
    """The user of that id."""
    return session.get(User, user_id)


def get_user_by_email(*, session: Session, email: str) -> User | None:
    """The user of that email, however it is typed.

    Two accounts of versions before schema 0004 may share one canonical spelling: each is found as it was signed up.
    """
    found = session.exec(select(User).where(has_email(email))).all()
    return next((user for user in found if user.email == lower_case_email(email)), found[0] if found else None)


def has_email(email: str) -> ColumnElement[bool]:
    """Whether a user's email is this one; true of two users at most."""
    return type_coerce(User.email, String).in_({canonical_email(email), lower_case_email(email)})


def create_user(*, session: Session, user_create: UserCreate) -> User:
    """Store a new user. Raises EmailTakenError."""
    user = User.model_validate(user_create, update={"hashed_password": get_password_hash(user_create.password)})
    session.add(user)
    _flush_email(session)
    session.commit()
    session.refresh(user)
    return user


def update_user(*, session: Session, db_user: User, user_in: UserUpdate | UserUpdateMe | dict[str, Any]) -> User:
    """Change the fields given, and only those. A new password ends sessions and takes recovery codes with it.

    Raises EmailTakenError, LastSuperuserError; nothing is changed then.
    """
    fields = dict(user_in) if isinstance(user_in, dict) else user_in.model_dump(exclude_unset=True)
    if password := fields.pop("password", None):
        fields["hashed_password"] = get_password_hash(password)
        db_user.token_version = User.token_version + 1  # by the database: two changes at once count twice
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == db_user.id))
    leads = is_active_superuser(db_user)
    db_user.sqlmodel_update(fields)
    session.add(db_user)
    _flush_email(session)
    if leads and not is_active_superuser(db_user):
        ensure_superuser_remains(session, db_user.id)
    session.commit()
    session.refresh(db_user)
    return db_user


def set_own_password(*, session: Session, user: User, password: str, version: int, session_id: str = "") -> bool:
    """Give a user who proved who they are a new password, unless it changed since `version`: then False.

    Ends every session but the one whose token has the id `session_id`. Recovery codes stay good.
    """
    hashed = get_password_hash(password)
    same = (col(User.id) == user.id, col(User.token_version) == version)
    survivor = f"{version + 1} {session_id}" if session_id else None
    new = {"hashed_password": hashed, "token_version": version + 1, "surviving_session": survivor}
    changed = session.exec(update(User).where(*same).values(new))
    session.commit()
    return changed.rowcount == 1


def delete_user(*, session: Session, user: User) -> None:
    """Remove a user and all of their items for good. Raises LastSuperuserError."""
    leads, user_id = is_active_superuser(user), user.id
    session.delete(user)
    session.flush()
    if leads:
        ensure_superuser_remains(session, user_id)
    session.commit()


def authenticate(*, session: Session, email: str, password: str) -> User | None:
    """The user of that email and password; an unknown email takes as much work as a known one."""
    user = get_user_by_email(session=session, email=email)
    fits, new_hash = verify_password(password, user.hashed_password if user else "")
    if user is None or not fits:
        return None
    if new_hash:
        # Only in the place of the hash that was checked: the password may have been changed meanwhile.
        same = (col(User.id) == user.id, col(User.hashed_password) == user.hashed_password)
        session.exec(update(User).where(*same).values(hashed_password=new_hash))
        session.commit()
        session.refresh(user)
    return user


def has_password(*, user: User, password: str) -> bool:
    """Whether it is the user's password."""
    return verify_password(password, user.hashed_password)[0]


def is_active_superuser(user: User) -> bool:
    return user.is_superuser and user.is_active


def ensure_superuser_remains(session: Session, gone: uuid.UUID) -> None:
    # After the change, while its transaction holds the write lock: two such changes at once can't both pass.
    # With auth off everything is done as the default user, whatever others there are.
    acquire_advisory_lock(session, SUPERUSER_LOCK)
    kept = has_active_superuser(session) if settings.AUTH_REQUIRED else gone != DEFAULT_USER_ID
    if not kept:
        session.rollback()
        raise LastSuperuserError


def _flush_email(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        raise EmailTakenError from error
