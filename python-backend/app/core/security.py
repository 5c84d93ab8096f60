"""Passwords and tokens."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from app.core.config import settings
from app.models import TokenPayload
from backend_host.security.password_hash import get_password_hash, verify_password

__all__ = [
    "ALGORITHM",
    "RESET_TOKEN_MINUTES",
    "create_access_token",
    "create_reset_token",
    "get_password_hash",
    "read_access_token",
    "read_reset_token",
    "verify_password",
]

ALGORITHM = "HS256"
RESET_TOKEN_MINUTES = 10
RESET_AUDIENCE = "password-reset"
"""Audience claim of reset tokens. `read_access_token` rejects it."""


def create_access_token(subject: str | Any, expires_delta: timedelta, *, version: int = 0) -> str:
    """Return a signed token for the user id `subject`.

    It expires after `expires_delta`. A new token version revokes it, unless `User.surviving_session` names it.
    """
    return _sign({"sub": str(subject), "ver": version, "jti": uuid.uuid4().hex}, expires_delta)


def read_access_token(token: str) -> TokenPayload:
    """Return the claims of an access token. Raises ValueError if the token is invalid, expired or a reset token."""
    return _read(token)


def create_reset_token(user_id: uuid.UUID, *, version: int) -> str:
    """Return a signed single-use token that sets a new password, which changes the token version."""
    claims = {"sub": str(user_id), "ver": version, "aud": RESET_AUDIENCE}
    return _sign(claims, timedelta(minutes=RESET_TOKEN_MINUTES))


def read_reset_token(token: str) -> TokenPayload:
    """Return the claims of a reset token. Raises ValueError if the token is invalid, expired or an access token."""
    return _read(token, audience=RESET_AUDIENCE)


def _sign(claims: dict[str, Any], expires_delta: timedelta) -> str:
    import jwt  # on first use, for a faster start

    claims["exp"] = datetime.now(UTC) + expires_delta
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)


def _read(token: str, audience: str | None = None) -> TokenPayload:
    import jwt

    try:
        claims = jwt.decode(
            token, settings.SECRET_KEY, algorithms=[ALGORITHM], audience=audience, options={"require": ["exp", "sub"]}
        )
        return TokenPayload.model_validate(claims)
    except (jwt.InvalidTokenError, ValidationError) as error:
        raise ValueError("invalid token") from error
