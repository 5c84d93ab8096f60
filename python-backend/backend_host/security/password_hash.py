"""Password hashing: Argon2, and bcrypt hashes that are replaced at the next login."""

import secrets
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from backend_host.text.password import candidate_spellings, canonical_password

if TYPE_CHECKING:
    from pwdlib import PasswordHash

MAX_CONCURRENT_HASHES = 2
"""Hashes that a process computes concurrently. Argon2 needs 64 MiB and four threads for each."""
_slots = BoundedSemaphore(MAX_CONCURRENT_HASHES)

BCRYPT_MAX_BYTES = 72
"""bcrypt ignores further bytes; its newer releases raise for them."""


@cache
def _hasher() -> PasswordHash:
    # Imported on first use, for a faster start.
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher
    from pwdlib.hashers.bcrypt import BcryptHasher

    return PasswordHash((Argon2Hasher(), BcryptHasher()))


@cache
def dummy_hash() -> str:
    """Hash of a random password, verified for unknown accounts so that timing does not reveal which accounts exist."""
    return get_password_hash(secrets.token_urlsafe(32))


def get_password_hash(password: str) -> str:
    """The Argon2 hash of a password in its canonical spelling."""
    with _slots:
        return _hasher().hash(canonical_password(password))


def verify_password(plain_password: str, hashed_password: str) -> tuple[bool, str | None]:
    """Whether the password matches the hash, and a new hash if the old one uses bcrypt or another spelling.

    An empty hash matches no password, and takes as long to verify.
    """
    dummy = dummy_hash()  # computed for known accounts too, so that the first unknown account takes no longer
    hashed = hashed_password or dummy
    for number, spelling in enumerate(candidate_spellings(plain_password)):
        matches, new_hash = _verify(spelling, hashed)
        if matches:
            return True, get_password_hash(plain_password) if number else new_hash
    return False, None


def _verify(password: str, hashed: str) -> tuple[bool, str | None]:
    with _slots:
        try:
            return _hasher().verify_and_update(password, hashed)
        except ValueError:  # bcrypt: the password is too long
            matches = _hasher().verify(password.encode()[:BCRYPT_MAX_BYTES], hashed)
    return matches, get_password_hash(password) if matches else None
