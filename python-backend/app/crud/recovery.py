"""Recovery codes: password recovery without email."""

import hashlib
import secrets

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from app.crud.users import has_email
from app.models import RecoveryCode, User

CODE_COUNT = 10
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, without letters that look like digits."""
GROUP_COUNT, GROUP_LENGTH = 4, 5
"""A code has 100 random bits, so SHA-256 without salt suffices, and a code is found by its hash."""
SUBSTITUTIONS = str.maketrans("OIL", "011", "- ")


def issue_recovery_codes(*, session: Session, user: User) -> list[str]:
    """Replace all codes with new ones. Only hashes are stored."""
    codes = [_new_code() for _ in range(CODE_COUNT)]
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    session.add_all(RecoveryCode(code_hash=_hash(code), user_id=user.id) for code in codes)
    session.commit()
    return codes


def count_recovery_codes(*, session: Session, user: User) -> int:
    """The number of the user's unused codes."""
    return session.exec(select(func.count()).where(RecoveryCode.user_id == user.id)).one()


def use_recovery_code(*, session: Session, email: str, code: str) -> User | None:
    """Delete the code and return its active user, or None. Every failure runs one statement, so that timing reveals nothing."""
    user_id = select(User.id).where(has_email(email), User.is_active)
    matching = (col(RecoveryCode.code_hash) == _hash(code), col(RecoveryCode.user_id).in_(user_id))
    used = session.exec(delete(RecoveryCode).where(*matching).returning(col(RecoveryCode.user_id))).scalar_one_or_none()
    session.commit()
    return session.get(User, used) if used else None


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUP_COUNT))


def _hash(code: str) -> str:
    return hashlib.sha256(code.upper().translate(SUBSTITUTIONS).encode()).hexdigest()
