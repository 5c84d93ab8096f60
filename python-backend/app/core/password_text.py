"""One password, typed on different systems: which texts count as the same."""

import unicodedata

_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
"""Every space but ASCII's own (category Zs)."""


def canonical_password(text: str) -> str:
    """The spelling that is hashed: RFC 8265, OpaqueString. Composed letters (NFC) and ASCII spaces; case and width stay."""
    return unicodedata.normalize("NFC", text.translate(_SPACES))


def spellings(text: str) -> list[str]:
    """Every text whose hash fits: the canonical one, and those that earlier versions hashed as they were typed."""
    forms = [unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)]
    return list(dict.fromkeys([canonical_password(text), text, *forms]))
