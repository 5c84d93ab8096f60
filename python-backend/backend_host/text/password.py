"""Canonical spelling of passwords, which keyboards encode differently."""

import unicodedata

_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
"""Non-ASCII spaces (category Zs)."""


def canonical_password(text: str) -> str:
    """The spelling to hash (RFC 8265, OpaqueString): NFC with ASCII spaces. Case and width are preserved."""
    return unicodedata.normalize("NFC", text.translate(_SPACES))


def candidate_spellings(text: str) -> list[str]:
    """Spellings to verify against a stored hash: the canonical one first, then those that earlier versions hashed as typed."""
    forms = [unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)]
    return list(dict.fromkeys([canonical_password(text), text, *forms]))
