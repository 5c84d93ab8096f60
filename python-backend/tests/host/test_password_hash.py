"""Password hashes."""

import unicodedata

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher

from backend_host.security import password_hash
from backend_host.security.password_hash import get_password_hash, verify_password

CAFE = "café café"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CAFE, unicodedata.normalize("NFD", CAFE)),
        (unicodedata.normalize("NFD", CAFE), CAFE),
        ("한글 비밀번호", unicodedata.normalize("NFD", "한글 비밀번호")),
        ("\u00c5, \u00c5 and \u00c5", "\u212b, A\u030a and \u00c5"),
        ("a long sentence", "a\u00a0long\u2003sentence"),
    ],
)
@pytest.mark.parametrize("hashed_as_typed", [False, True], ids=["hashed now", "hashed by an earlier version"])
def test_password_is_verified_in_each_unicode_form(first: str, second: str, hashed_as_typed: bool) -> None:
    hashed = password_hash._hasher().hash(first) if hashed_as_typed else get_password_hash(first)
    assert verify_password(first, hashed)[0]
    matches, new_hash = verify_password(second, hashed)
    assert matches
    assert new_hash is None or verify_password(second, new_hash) == (True, None)
    assert not verify_password(second.upper(), hashed)[0] or second == second.upper()
    assert not verify_password(second.encode("ascii", "ignore").decode(), hashed)[0] or second.isascii()


def test_verify_password_returns_match_and_new_hash() -> None:
    hashed = get_password_hash("correct horse")
    assert verify_password("correct horse", hashed) == (True, None)
    assert verify_password("battery staple", hashed) == (False, None)
    assert verify_password("", "") == (False, None)
    matches, new_hash = verify_password("correct horse", PasswordHash((BcryptHasher(rounds=4),)).hash("correct horse"))
    assert matches
    assert new_hash
    assert verify_password("correct horse", new_hash) == (True, None)
