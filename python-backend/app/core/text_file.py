"""A file that somebody chose, as text, whichever encoding it was saved in."""

import codecs
import io
from typing import BinaryIO

from app.core.errors import RowError

_SAMPLE_BYTES = 4096
_ENCODINGS = (  # that of 4 bytes first: it begins as UTF-16's does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "is a workbook or an archive, not text. In the spreadsheet program, save it as CSV (UTF-8)."),
    (b"\xd0\xcf\x11\xe0", "is an Excel workbook, not text. In Excel, save it as CSV UTF-8."),
    (b"SQLite format 3\0", "is a database. A backup is restored, not imported."),
    (b"\x1f\x8b", "is compressed. Unpack it first."),
)
NOT_UTF_8 = "is not UTF-8 text; older spreadsheet programs save CSV as Windows-1252. Save it as CSV UTF-8, in a text editor as UTF-8."


def open_text(file: BinaryIO) -> io.TextIOWrapper:
    """The text of `file` from its beginning: UTF-8, or UTF-16 and UTF-32 with a byte order mark. Detach it after use.

    Raises RowError for a file that is no text; reading raises UnicodeDecodeError for another encoding.
    """
    file.seek(0)
    sample = file.read(_SAMPLE_BYTES)
    file.seek(0)
    for magic, fault in _OTHER_FILES:
        if sample.startswith(magic):
            raise RowError(0, "file", fault)
    encoding = next((name for mark, name in _ENCODINGS if sample.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and sample.count(0) * 4 > len(sample):
        raise RowError(0, "file", "is not UTF-8 text: it may be UTF-16 without a byte order mark. Save it as UTF-8.")
    return io.TextIOWrapper(file, encoding, newline="")
