"""Recovery codes: the way back in without email."""

import hashlib
import secrets

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from app.crud.users import has_email
from app.models import RecoveryCode, User

CODES = 10
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that reads like a digit."""
GROUPS, GROUP_LENGTH = 4, 5
"""100 random bits: a plain hash is as good as a slow one, and looking one up takes the same time for everybody."""
MISREAD = str.maketrans("OIL", "011", "- ")


def issue_codes(*, session: Session, user: User) -> list[str]:
    """New codes in the place of all old ones. They are not kept, only their hashes."""
    codes = [_new_code() for _ in range(CODES)]
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    session.add_all(RecoveryCode(code_hash=_hash(code), user_id=user.id) for code in codes)
    session.commit()
    return codes


def count_codes(*, session: Session, user: User) -> int:
    """How many unused codes a user has."""
    return session.exec(select(func.count()).where(RecoveryCode.user_id == user.id)).one()


def use_code(*, session: Session, email: str, code: str) -> User | None:
    """The active user of that email and code, which works once. One statement, whatever is wrong."""
    owner = select(User.id).where(has_email(email), User.is_active)
    theirs = (col(RecoveryCode.code_hash) == _hash(code), col(RecoveryCode.user_id).in_(owner))
    used = session.exec(delete(RecoveryCode).where(*theirs).returning(col(RecoveryCode.user_id))).scalar_one_or_none()
    session.commit()
    return session.get(User, used) if used else None


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def _hash(code: str) -> str:
    return hashlib.sha256(code.upper().translate(MISREAD).encode()).hexdigest()
