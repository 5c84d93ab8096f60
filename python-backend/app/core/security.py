"""Passwords and login tokens."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt

from app.core.config import settings

if TYPE_CHECKING:
    from pwdlib import PasswordHash

ALGORITHM = "HS256"


@cache
def _hasher() -> "PasswordHash":
    # Imported on first use: with auth off nothing is ever hashed, and start-up is the faster for it.
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher
    from pwdlib.hashers.bcrypt import BcryptHasher

    return PasswordHash((Argon2Hasher(), BcryptHasher()))


def create_access_token(subject: str | Any, expires_delta: timedelta) -> str:
    """A signed token naming `subject`, good for `expires_delta` from now."""
    claims = {"exp": datetime.now(UTC) + expires_delta, "sub": str(subject)}
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)


def verify_password(plain_password: str, hashed_password: str) -> tuple[bool, str | None]:
    """Whether the password fits, and a new hash when the old one used an outdated scheme (bcrypt)."""
    return _hasher().verify_and_update(plain_password, hashed_password)


def get_password_hash(password: str) -> str:
    """The argon2 hash of a password."""
    return _hasher().hash(password)
