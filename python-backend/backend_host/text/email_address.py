"""The canonical spelling of an email address, for uniqueness and lookup."""

import unicodedata

from pydantic import validate_email


def canonical_email(text: str) -> str:
    """The spelling under which an address is stored.

    The local part is NFKC-casefolded, so that full-width letters or a capital ß name the same account. The domain is
    in lower case: IDNA distinguishes ß from ss. A text that is not an address is folded completely.
    """
    text = unicodedata.normalize("NFKC", text)
    try:
        _, text = validate_email(text)
    except ValueError:
        return _fold(text.strip())
    local, _, domain = text.rpartition("@")
    return f"{_fold(local)}@{unicodedata.normalize('NFC', domain.lower())}"


def lower_case_email(text: str) -> str:
    """The address in lower case (NFC), without folding."""
    try:
        _, text = validate_email(text)
    except ValueError:
        text = text.strip()
    return unicodedata.normalize("NFC", text.lower())


def _fold(text: str) -> str:
    # Unicode's toNFKC_Casefold: the first pass is not always stable.
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text.casefold())
    return text
