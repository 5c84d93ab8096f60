"""Opens a file of unknown encoding as text."""

import codecs
import io
import re
from typing import BinaryIO

from backend_host.transfer.errors import FileError

_SAMPLE_BYTES = 4096
_ENCODINGS = (  # UTF-32 first: its byte order mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EXCEL = "is an Excel workbook, not text. In Excel, save it as CSV UTF-8."
_ARCHIVE = "is compressed. Unpack it first."
_PICTURE = "is a picture. Only CSV and JSON can be imported."
_OTHER_FILES = tuple(
    (re.compile(pattern, re.DOTALL), reason)
    for pattern, reason in (
        (rb"PK\x03\x04.*(\[Content_Types\]\.xml|_rels/\.rels|xl/)", _EXCEL),
        (
            rb"PK\x03\x04.*application/vnd\.oasis\.opendocument",
            "is an OpenDocument file, not text. Save it as CSV UTF-8.",
        ),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "is a workbook or an archive, not text. Save a workbook as CSV UTF-8."),
        (rb"\xd0\xcf\x11\xe0", _EXCEL),
        (rb"SQLite format 3\0", "is a database. Restore a backup instead of importing it."),
        (rb"\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ|7z\xbc\xaf|\x28\xb5\x2f\xfd|Rar!\x1a", _ARCHIVE),
        (rb"%PDF-", "is a PDF document. Only CSV and JSON can be imported."),
        (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|.{4}ftyp(hei|mif|msf|avi)|II\*\0|MM\0\*|BM.{4}\0{4}", _PICTURE),
        (rb"\{\\rtf", "is a text document (RTF). Only CSV and JSON can be imported."),
        (
            rb"(?i:(\xef\xbb\xbf)?\s*<[?!]?[a-z])",
            "is a web page or XML. In the spreadsheet program, save it as CSV UTF-8.",
        ),
    )
)
"""Files of other types, by their magic numbers (a workbook may be named .csv)."""
_UTF_16 = "is not UTF-8 text: it may be UTF-16 without a byte order mark. Save it as UTF-8."
"""In ASCII text as UTF-16, every second byte is NUL."""
_BINARY = "is not text. Only CSV and JSON can be imported."
NOT_UTF_8 = "is not UTF-8 text; older spreadsheet programs save CSV as Windows-1252. Save it as CSV UTF-8, in a text editor as UTF-8."


def open_text(file: BinaryIO) -> io.TextIOWrapper:
    """Open `file` as text: UTF-8, or UTF-16 and UTF-32 with a byte order mark. The caller detaches the wrapper.

    Raises FileError for a binary file; reading raises UnicodeDecodeError for another encoding.
    """
    file.seek(0)
    sample = file.read(_SAMPLE_BYTES)
    file.seek(0)
    for magic, reason in _OTHER_FILES:
        if magic.match(sample):
            raise FileError(reason)
    encoding = next((name for mark, name in _ENCODINGS if sample.startswith(mark)), "utf-8-sig")
    first_line = sample.partition(b"\n")[0] or sample[:4]
    if encoding == "utf-8-sig" and b"\0" in first_line:
        parities = {index % 2 for index, byte in enumerate(first_line) if not byte}
        raise FileError(_UTF_16 if len(parities) == 1 else _BINARY)
    return io.TextIOWrapper(file, encoding, newline="")
