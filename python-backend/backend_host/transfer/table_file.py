"""Rows of a table as JSON and CSV files."""

import csv
import io
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import batched
from typing import TYPE_CHECKING, BinaryIO, TextIO

from pydantic import BaseModel, ValidationError

from backend_host.transfer import csv_reader, json_reader
from backend_host.transfer.csv_escaping import escape
from backend_host.transfer.errors import FileError, RowError
from backend_host.transfer.text_file import NOT_UTF_8, open_text

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_ROWS = 500_000
"""Other writers wait for the transaction that stores all rows: 7.5 s for 400,000 (docs/decisions/0035)."""
CHUNK_ROWS = 500


class FileFormat(StrEnum):
    JSON = "json"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        return "application/json" if self is FileFormat.JSON else "text/csv; charset=utf-8"


_MESSAGES: dict[str, Callable[[ErrorDetails], str]] = {
    "string_too_long": lambda error: f"At most {error['ctx']['max_length']} characters.",
    "string_type": lambda _: "Must be text.",
    "string_pattern_mismatch": lambda _: "NUL characters can't be stored.",
    "string_unicode": lambda _: "Not valid Unicode text.",
    "datetime": lambda _: "Not a date or time. Write it as in 2026-01-31 or 2026-01-31T09:30:00Z.",
    "uuid": lambda _: "Not an id as exports write it. Leave it empty for a new one.",
    "value_error": lambda error: f"{error['ctx']['error']}",
}
"""By pydantic's error type, or the part of it before the first underscore."""


@dataclass(frozen=True)
class TableFile[M: BaseModel]:
    """The file format of a table: JSON objects or CSV rows that `model` validates."""

    model: type[M]
    columns: tuple[str, ...]
    """Fields of the model, in the order of CSV columns."""
    required: tuple[str, ...]
    example: str
    """A row as a JSON object, for error messages."""
    key: str = "id"
    """The column whose values must be unique in a file."""

    def write(self, rows: Iterable[Sequence[object]], file_format: FileFormat) -> Iterator[bytes]:
        """Yield the file of `rows`, values in the order of `columns`, in chunks."""
        return self._write_json(rows) if file_format is FileFormat.JSON else self._write_csv(rows)

    def read(self, file: BinaryIO) -> Generator[M]:
        """Yield the validated rows of a file, whose format is detected from its content.

        Raises RowError for the first invalid row.
        """
        text = open_text(file)
        try:
            keys: set[object] = set()
            for count, (number, row) in enumerate(self._rows(text), 1):
                if count > MAX_ROWS:
                    raise FileError(f"has more than {MAX_ROWS:,} rows. Split it.")
                validated = self._validate(row, number)
                key = getattr(validated, self.key)
                if key and key in keys:
                    raise RowError(number, self.key, "is also the id of an earlier row")
                keys.add(key)
                yield validated
        except UnicodeDecodeError:
            raise FileError(NOT_UTF_8) from None
        finally:
            text.detach()  # closing the wrapper would close `file`

    def _rows(self, text: TextIO) -> Iterator[tuple[int, object]]:
        first = ""
        while not first and (more := text.read(json_reader.READ_CHARACTERS)):
            first = more.strip()[:1]
        if not first:
            raise FileError("is empty")
        text.seek(0)
        if first in "[{":
            return json_reader.read(text, self.required)
        return csv_reader.read(text, self.columns, self.required)

    def _validate(self, row: object, number: int) -> M:
        if not isinstance(row, dict):
            raise RowError(number, None, f"must be an object, such as {self.example}")
        try:
            return self.model.model_validate(row)
        except ValidationError as invalid:
            error = invalid.errors(include_input=False, include_url=False)[0]
            field = str(error["loc"][0]) if error["loc"] else None
            missing = field in self.required and row.get(field) is None
            raise RowError(number, field, "This field is required." if missing else _message(error)) from None

    def _write_json(self, rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
        separator = "[\n"
        for chunk in batched(rows, CHUNK_ROWS, strict=False):
            objects = (json.dumps(dict(zip(self.columns, row, strict=True)), default=_text) for row in chunk)
            yield (separator + ",\n".join(objects)).encode()
            separator = ",\n"
        yield b"\n]\n" if separator == ",\n" else b"[]\n"

    def _write_csv(self, rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
        yield ("\ufeff" + _csv_lines([self.columns])).encode()  # Excel detects UTF-8 by its byte order mark
        for chunk in batched(rows, CHUNK_ROWS, strict=False):
            yield _csv_lines([escape(None if cell is None else _text(cell)) for cell in row] for row in chunk).encode()


def _message(error: ErrorDetails) -> str:
    message = _MESSAGES.get(error["type"]) or _MESSAGES.get(error["type"].split("_")[0])
    return message(error) if message else error["msg"]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv_lines(rows: Iterable[Sequence[str]]) -> str:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue()
