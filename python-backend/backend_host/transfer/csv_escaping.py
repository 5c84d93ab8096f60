"""Escapes CSV cells that a spreadsheet would run as formulas (OWASP, "CSV Injection").

A spreadsheet runs a cell that begins with =, +, - or @, in ASCII or full width; some skip leading tabs, line breaks, quotes and
spaces of any kind. A spreadsheet may also split the file at another separator than the comma, so that a cell begins within a
text. A leading apostrophe marks a cell as text.
"""

import re

_FORMULA = r"=+\-@\uff1d\uff0b\uff0d\uff20"
_SPACES = r" \x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff"
_PADDING = rf"'*[{_SPACES}\"]*"
_CELL_START = re.compile(
    # The start of a cell. An empty text is escaped too, because an empty cell means None.
    rf"\A(?={_PADDING}[{_FORMULA}\t\r\n]|'*\Z)"
    # A cell under another separator, and a row after a line break within quotes.
    rf"|(?<=[;|])(?={_PADDING}[{_FORMULA}\t\r])"
    rf"|(?<=[\r\n])(?={_PADDING}[{_FORMULA}\t])"
    rf"|(?<=\t)(?={_PADDING}[{_FORMULA}])"
)
_ESCAPE = re.compile(f"(?:{_CELL_START.pattern})'")


def escape(text: str | None) -> str:
    """The cell for `text`; an empty cell for None."""
    return "" if text is None else _CELL_START.sub("'", text)


def unescape(cell: str) -> str | None:
    """Return the text whose escaped form is `cell`."""
    return _ESCAPE.sub("", cell) if cell else None
