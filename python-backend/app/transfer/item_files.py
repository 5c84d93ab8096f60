"""Items as files: JSON, or CSV as spreadsheets write and read it."""

import csv
import io
import json
import uuid
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import batched
from typing import TYPE_CHECKING, BinaryIO, TextIO

from pydantic import ValidationError

from app.core.errors import RowError
from app.models import MAX_TEXT, ItemTransfer
from app.transfer import csv_rows, json_rows
from app.transfer.csv_cells import guard
from app.transfer.text_file import NOT_UTF_8, open_text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

COLUMNS = ("id", "title", "description", "created_at")
REQUIRED = ("title",)
MAX_ROWS = 500_000
"""Other writers wait for the transaction that stores them all: 7.5 s for 400,000 rows (docs/decisions/0035-imports-in-steps.md)."""
Exported = tuple[uuid.UUID, str, str | None, datetime]
"""An item's COLUMNS: plain values, for whole entities take several times as long."""
ROWS_A_CHUNK = 500


class FileFormat(StrEnum):
    JSON = "json"
    CSV = "csv"


MEDIA_TYPES = {FileFormat.JSON: "application/json", FileFormat.CSV: "text/csv; charset=utf-8"}

_WORDS = {
    "string_too_long": f"At most {MAX_TEXT} characters.",
    "string_type": "Must be text.",
    "string_pattern_mismatch": "NUL characters can't be stored.",
    "string_unicode": "Not valid Unicode text.",
    "datetime": "Not a date or time. Write it as in 2026-01-31 or 2026-01-31T09:30:00Z.",
    "uuid": "Not an id as exports write it. Leave it empty for a new item.",
}
"""By pydantic's error types; those of ids and moments by how they begin."""


def write(items: Iterable[Exported], file_format: FileFormat) -> Iterator[bytes]:
    """The file in pieces, one a few hundred items; ends with a line break."""
    return _json(items) if file_format is FileFormat.JSON else _csv(items)


def read(file: BinaryIO) -> Generator[ItemTransfer]:
    """The items in a file of either format, recognized by its content, each checked, one after the other.

    Raises RowError for the first row that can't be taken.
    """
    text = open_text(file)
    try:
        rows = _rows(text)
        seen: set[object] = set()
        for count, (number, row) in enumerate(rows, 1):
            if count > MAX_ROWS:
                raise RowError(0, "file", f"has more than {MAX_ROWS:,} rows. Split it.")
            item = _checked(row, number)
            if item.id and item.id in seen:
                raise RowError(number, "id", "is the id of an earlier row as well")
            seen.add(item.id)
            yield item
    except UnicodeDecodeError:
        raise RowError(0, "file", NOT_UTF_8) from None
    finally:
        text.detach()  # else `file` would be closed with it


def _rows(text: TextIO) -> Iterator[tuple[int, object]]:
    first = ""
    while not first and (more := text.read(json_rows.CHARACTERS_AT_ONCE)):
        first = more.strip()[:1]
    if not first:
        raise RowError(0, "file", "is empty")
    text.seek(0)
    return json_rows.read(text) if first in "[{" else csv_rows.read(text, COLUMNS, REQUIRED)


def _checked(row: object, number: int) -> ItemTransfer:
    if not isinstance(row, dict):
        raise RowError(number, "item", 'must be an object, such as {"title": "Water the plants"}')
    try:
        return ItemTransfer.model_validate(row)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        field = str((*fault["loc"], "item")[0])
        raise RowError(number, field, _in_words(field, row.get(field), fault)) from None


def _in_words(field: str, value: object, fault: ErrorDetails) -> str:
    """What is wrong with a cell, for people."""
    if field in REQUIRED and value is None:
        return "This field is required."
    kind = fault["type"]
    if kind == "value_error":
        return f"{fault['ctx']['error']}"
    return _WORDS.get(kind, _WORDS.get(kind.split("_")[0], fault["msg"]))


def _record(item: Exported) -> dict[str, str | None]:
    own, title, description, created_at = item
    return {"id": str(own), "title": title, "description": description, "created_at": created_at.isoformat()}


def _json(items: Iterable[Exported]) -> Iterator[bytes]:
    separator = "[\n"
    for chunk in batched(items, ROWS_A_CHUNK, strict=False):
        yield (separator + ",\n".join(json.dumps(_record(item)) for item in chunk)).encode()
        separator = ",\n"
    yield b"\n]\n" if separator == ",\n" else b"[]\n"


def _csv(items: Iterable[Exported]) -> Iterator[bytes]:
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, COLUMNS)
    writer.writeheader()
    yield ("\ufeff" + lines.getvalue()).encode()  # without the mark Excel takes UTF-8 for something else
    for chunk in batched(items, ROWS_A_CHUNK, strict=False):
        lines = io.StringIO(newline="")
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writerows({name: guard(text) for name, text in _record(item).items()} for item in chunk)
        yield lines.getvalue().encode()
