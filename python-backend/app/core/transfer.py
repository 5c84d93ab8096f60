"""Items as files: a JSON array of objects, or CSV as spreadsheets write and read it."""

import csv
import io
import json
import re
import uuid
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import batched
from typing import BinaryIO, TextIO

from pydantic import ValidationError

from app.core import json_rows
from app.core.errors import RowError
from app.models import ItemTransfer

COLUMNS = ("id", "title", "description", "created_at")
Exported = tuple[uuid.UUID, str, str | None, datetime]
"""An item's COLUMNS: plain values, for whole entities take several times as long."""
ROWS_A_CHUNK = 500


class FileFormat(StrEnum):
    JSON = "json"
    CSV = "csv"


MEDIA_TYPES = {FileFormat.JSON: "application/json", FileFormat.CSV: "text/csv; charset=utf-8"}

# A spreadsheet takes a cell that begins so for a formula, and runs it. An apostrophe in front makes it text.
_GUARDED = re.compile(r"'*([=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]|$)")


def write(items: Iterable[Exported], file_format: FileFormat) -> Iterator[bytes]:
    """The file in pieces, one a few hundred items; ends with a line break."""
    return _json(items) if file_format is FileFormat.JSON else _csv(items)


def read(file: BinaryIO, file_format: FileFormat) -> Generator[ItemTransfer]:
    """The items in a file, each checked, one after the other. Raises RowError for the first that is none."""
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    rows = json_rows.read(text) if file_format is FileFormat.JSON else _csv_rows(text)
    seen: set[object] = set()
    try:
        for number, row in enumerate(rows, 1):
            item = _checked(row, number)
            if item.id and item.id in seen:
                raise RowError(number, "id", "is the id of an earlier row as well")
            seen.add(item.id)
            yield item
    except UnicodeDecodeError:
        raise RowError(0, "file", "is not UTF-8 text; save it as UTF-8") from None
    finally:
        text.detach()  # else `file` would be closed with it


def _checked(row: object, number: int) -> ItemTransfer:
    try:
        return ItemTransfer.model_validate(row)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise RowError(number, str((*fault["loc"], "item")[0]), fault["msg"]) from None


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
        writer.writerows({name: _guarded(text) for name, text in _record(item).items()} for item in chunk)
        yield lines.getvalue().encode()


def _guarded(text: str | None) -> str:
    """A cell that no spreadsheet runs, and that tells an empty text from none."""
    if text is None:
        return ""
    return f"'{text}" if _GUARDED.match(text) else text


def _unguarded(cell: str) -> str | None:
    """What `_guarded` was given."""
    if not cell:
        return None
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell


def _csv_rows(text: TextIO) -> Iterator[dict[str, str | None]]:
    reader = csv.reader(text, strict=True)
    number = 0
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if "title" not in header or not set(header) <= set(COLUMNS) or len(set(header)) < len(header):
            raise RowError(0, "file", f"must begin with a line that names its columns, of these: {', '.join(COLUMNS)}")
        for cells in reader:
            if not cells:
                continue  # a blank line
            number += 1
            if len(cells) != len(header):
                raise RowError(number, "item", f"has {len(cells)} cells where the first line has {len(header)}")
            row = {name: _unguarded(cell) for name, cell in zip(header, cells, strict=True)}
            yield row
    except csv.Error as error:
        raise RowError(number + 1, "item", f"is no CSV: {error}") from None
