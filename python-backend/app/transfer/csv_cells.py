"""Texts as CSV cells that no spreadsheet takes for a formula, and back.

A spreadsheet runs a cell that begins with =, +, - or @, in ASCII or full width; leading tabs, line breaks, quotes and
spaces (of any kind) are skipped by some. It may also split the file at another separator than the comma it was written with, so that
a cell begins within a text. An apostrophe in front makes it text (OWASP, "CSV Injection").
"""

import re

_FORMULA = r"=+\-@\uff1d\uff0b\uff0d\uff20"
_SPACES = r" \x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff"
_PADDING = rf"'*[{_SPACES}\"]*"
_CELL_START = re.compile(
    # A whole cell: also an empty text, to tell it from no text.
    rf"\A(?={_PADDING}[{_FORMULA}\t\r\n]|'*\Z)"
    # A cell under another separator, and a row after a line break within quotes.
    rf"|(?<=[;|])(?={_PADDING}[{_FORMULA}\t\r])"
    rf"|(?<=[\r\n])(?={_PADDING}[{_FORMULA}\t])"
    rf"|(?<=\t)(?={_PADDING}[{_FORMULA}])"
)
_GUARD = re.compile(f"(?:{_CELL_START.pattern})'")


def guard(text: str | None) -> str:
    """The cell for `text`; an empty one for None."""
    return "" if text is None else _CELL_START.sub("'", text)


def unguard(cell: str) -> str | None:
    """The text that `guard` was given."""
    return _GUARD.sub("", cell) if cell else None
