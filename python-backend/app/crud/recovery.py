"""Recovery codes: the way back in without email."""

import hashlib
import secrets

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

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
    """The active user of that email and code, once. One query, whatever is wrong."""
    code_hash = _hash(code)
    owner = select(User).join(RecoveryCode).where(RecoveryCode.code_hash == code_hash, User.email == email)
    user = session.exec(owner.where(User.is_active)).first()
    used = session.exec(delete(RecoveryCode).where(col(RecoveryCode.code_hash) == (code_hash if user else "")))
    session.commit()
    if user is None or used.rowcount != 1:  # somebody else was faster with the same code
        return None
    session.refresh(user)
    return user


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def _hash(code: str) -> str:
    return hashlib.sha256(code.upper().translate(MISREAD).encode()).hexdigest()
