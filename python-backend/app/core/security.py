"""Passwords and login tokens."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.core.config import settings
from app.models import TokenPayload
from backend_host.text.password import candidate_spellings, canonical_password

if TYPE_CHECKING:
    from pwdlib import PasswordHash

ALGORITHM = "HS256"
RESET_TOKEN_MINUTES = 10


MAX_CONCURRENT_HASHES = 2
"""Argon2 takes 64 MiB and a core for a moment: hashes that a process computes at a time. The others wait."""
_hashing = BoundedSemaphore(MAX_CONCURRENT_HASHES)

RESET_AUDIENCE = "password-reset"
"""Marks a token that sets a new password and is good for nothing else."""
BCRYPT_BYTES = 72
"""bcrypt never looked at more; its newer releases refuse what the older ones cut off."""


@cache
def _hasher() -> PasswordHash:
    # Imported on first use: with auth off nothing is ever hashed, and start-up is the faster for it.
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher
    from pwdlib.hashers.bcrypt import BcryptHasher

    return PasswordHash((Argon2Hasher(), BcryptHasher()))


@cache
def unusable_hash() -> str:
    """A hash that fits no password anyone knows: what is checked when an account is unknown or has none."""
    return get_password_hash(secrets.token_urlsafe(32))


def create_access_token(subject: str | Any, expires_delta: timedelta, *, version: int = 0) -> str:
    """A signed token naming `subject`, good for `expires_delta` from now while the user's token version is `version`."""
    return _sign({"sub": str(subject), "ver": version, "jti": uuid.uuid4().hex}, expires_delta)


def read_access_token(token: str) -> TokenPayload:
    """What a login token says. Raises ValueError for any other or expired token."""
    return _read(token)


def create_reset_token(user_id: uuid.UUID, *, version: int) -> str:
    """A signed token that sets a new password once: doing so raises the version."""
    claims = {"sub": str(user_id), "ver": version, "aud": RESET_AUDIENCE}
    return _sign(claims, timedelta(minutes=RESET_TOKEN_MINUTES))


def read_reset_token(token: str) -> TokenPayload:
    """The same as `read_access_token`, for a token of `create_reset_token` and no other."""
    return _read(token, audience=RESET_AUDIENCE)


def verify_password(plain_password: str, hashed_password: str) -> tuple[bool, str | None]:
    """Whether the password fits, and a new hash when the old one used an outdated scheme (bcrypt).

    An empty hash fits no password, after the same work.
    """
    unusable = unusable_hash()  # in any case: the first one takes a moment to make
    hashed = hashed_password or unusable
    for number, spelling in enumerate(candidate_spellings(plain_password)):
        fits, new_hash = _verify(spelling, hashed)
        if fits:
            return True, get_password_hash(plain_password) if number else new_hash
    return False, None


def get_password_hash(password: str) -> str:
    """The argon2 hash of a password, in its canonical spelling."""
    with _hashing:
        return _hasher().hash(canonical_password(password))


def _verify(password: str, hashed: str) -> tuple[bool, str | None]:
    with _hashing:
        try:
            return _hasher().verify_and_update(password, hashed)
        except ValueError:  # longer than bcrypt takes
            fits = _hasher().verify(password.encode()[:BCRYPT_BYTES], hashed)
    return fits, get_password_hash(password) if fits else None


def _sign(claims: dict[str, Any], expires_delta: timedelta) -> str:
    claims["exp"] = datetime.now(UTC) + expires_delta
    import jwt  # on first use, as the hashers

    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)


def _read(token: str, audience: str | None = None) -> TokenPayload:
    import jwt

    try:
        claims = jwt.decode(
            token, settings.SECRET_KEY, algorithms=[ALGORITHM], audience=audience, options={"require": ["exp", "sub"]}
        )
        return TokenPayload.model_validate(claims)
    except (jwt.InvalidTokenError, ValidationError) as error:
        raise ValueError("not a token of that kind") from error
