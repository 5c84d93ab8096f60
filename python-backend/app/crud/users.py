"""Users and their passwords."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, String, UnaryExpression, false, func, type_coerce
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
"""Key of the advisory lock for demoting, deactivating or deleting a superuser."""


class EmailTakenError(Exception):
    """Another account has this email."""


class LastSuperuserError(Exception):
    """The change would remove the last active superuser, or the default user while authentication is off."""


_NAME = case_insensitive(col(User.full_name))
_EMAIL = bytewise(col(User.email))
_ORDERS: dict[UserSort, UnaryExpression[Any]] = {
    UserSort.NEWEST: col(User.created_at).desc(),
    UserSort.OLDEST: col(User.created_at).asc(),
    UserSort.EMAIL: _EMAIL.asc(),
    UserSort.EMAIL_DESC: _EMAIL.desc(),
    UserSort.NAME: _NAME.asc().nulls_last(),
    UserSort.NAME_DESC: _NAME.desc().nulls_last(),
}


def list_users(
    *, session: Session, skip: int, limit: int, q: str = "", sort: UserSort = UserSort.NEWEST
) -> tuple[list[User], int]:
    """Return a page of users, and their total count.

    `q` selects users whose email or name contains it, regardless of case and Unicode form.
    """
    conditions = [contains(session, col(User.search_text), q)] if q else []
    count = session.exec(select(func.count()).select_from(User).where(*conditions)).one()
    page = select(User).where(*conditions).order_by(_ORDERS[sort], col(User.id)).offset(skip).limit(limit)
    return list(session.exec(page).all()), count


def get_user(*, session: Session, user_id: uuid.UUID) -> User | None:
    """Return the user with this id, or None."""
    return session.get(User, user_id)


def get_user_by_email(*, session: Session, email: str) -> User | None:
    """Return the user with this email in any spelling, or None.

    Accounts from before migration 0004 may have the same canonical email: each is found by the email it signed up with.
    """
    found = session.exec(select(User).where(has_email(email))).all()
    return min(found, key=lambda user: _spellings(email).index(user.email), default=None)


def has_email(email: str) -> ColumnElement[bool]:
    """Condition that selects the users with this email, at most three. PostgreSQL rejects NUL in a parameter."""
    if "\0" in email:
        return false()
    return type_coerce(User.email, String).in_(_spellings(email))


def _spellings(email: str) -> tuple[str, str, str]:
    """Return the stored spellings that may match `email`, best match first."""
    return email, lower_case_email(email), canonical_email(email)


def create_user(*, session: Session, user_create: UserCreate) -> User:
    """Create a user. Raises EmailTakenError."""
    user = User.model_validate(user_create, update={"hashed_password": get_password_hash(user_create.password)})
    session.add(user)
    _flush_or_raise_email_taken(session)
    session.commit()
    session.refresh(user)
    return user


def update_user(*, session: Session, db_user: User, user_in: UserUpdate | UserUpdateMe | dict[str, Any]) -> User:
    """Change the given fields. A new password revokes sessions and recovery codes.

    Raises EmailTakenError and LastSuperuserError without changing anything.
    """
    fields = dict(user_in) if isinstance(user_in, dict) else user_in.model_dump(exclude_unset=True)
    if password := fields.pop("password", None):
        fields["hashed_password"] = get_password_hash(password)
        db_user.token_version = User.token_version + 1  # in SQL, so that two concurrent changes increment it twice
        session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == db_user.id))
    was_superuser = is_active_superuser(db_user)
    db_user.sqlmodel_update(fields)
    session.add(db_user)
    _flush_or_raise_email_taken(session)
    if was_superuser and not is_active_superuser(db_user):
        ensure_superuser_remains(session, db_user.id)
    session.commit()
    session.refresh(db_user)
    return db_user


def set_password(*, session: Session, user: User, password: str, version: int, session_id: str = "") -> bool:
    """Set a new password. Returns False if the password was changed after token version `version`.

    Revokes all sessions except the one whose token has the id `session_id`. Recovery codes remain valid.
    """
    hashed = get_password_hash(password)
    unchanged = (col(User.id) == user.id, col(User.token_version) == version)
    surviving_session = f"{version + 1} {session_id}" if session_id else None
    new = {"hashed_password": hashed, "token_version": version + 1, "surviving_session": surviving_session}
    changed = session.exec(update(User).where(*unchanged).values(new))
    session.commit()
    return changed.rowcount == 1


def delete_user(*, session: Session, user: User) -> None:
    """Delete a user and all of their items. Raises LastSuperuserError."""
    was_superuser, user_id = is_active_superuser(user), user.id
    session.delete(user)
    session.flush()
    if was_superuser:
        ensure_superuser_remains(session, user_id)
    session.commit()


def authenticate(*, session: Session, email: str, password: str) -> User | None:
    """Return the user with this email and password, or None. Unknown emails take as long as known ones."""
    user = get_user_by_email(session=session, email=email)
    matches, new_hash = verify_password(password, user.hashed_password if user else "")
    if user is None or not matches:
        return None
    if new_hash:
        # Unless the password was changed concurrently.
        unchanged = (col(User.id) == user.id, col(User.hashed_password) == user.hashed_password)
        session.exec(update(User).where(*unchanged).values(hashed_password=new_hash))
        session.commit()
        session.refresh(user)
    return user


def check_password(*, user: User, password: str) -> bool:
    """Whether `password` is the user's password."""
    return verify_password(password, user.hashed_password)[0]


def is_active_superuser(user: User) -> bool:
    return user.is_superuser and user.is_active


def ensure_superuser_remains(session: Session, removed_id: uuid.UUID) -> None:
    """Raise LastSuperuserError and roll back if no active superuser with a password remains; with authentication off, if the default user was removed.

    Call it after the change: the transaction's write lock lets only one of two concurrent changes succeed.
    """
    acquire_advisory_lock(session, SUPERUSER_LOCK)
    remains = has_active_superuser(session) if settings.AUTH_REQUIRED else removed_id != DEFAULT_USER_ID
    if not remains:
        session.rollback()
        raise LastSuperuserError


def _flush_or_raise_email_taken(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        raise EmailTakenError from error
