"""CSV and JSON files of a table."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies
from pydantic import BaseModel

from backend_host.transfer import json_reader
from backend_host.transfer.csv_escaping import escape, unescape
from backend_host.transfer.errors import RowError
from backend_host.transfer.table_file import FileFormat, TableFile


class Note(BaseModel):
    id: int | None = None
    text: str
    amount: int = 0
    at: datetime | None = None


NOTES = TableFile(Note, columns=("id", "text", "amount", "at"), required=("text",), example='{"text": "Hello"}')


@given(strategies.text(alphabet="=+@-'\";|,\t\r\n a\uff1d\u00a0\ufeff\x0b", max_size=12))
def test_escaped_text_round_trips_and_no_cell_starts_a_formula(written: str) -> None:
    cell = escape(written)
    assert unescape(cell) == written
    line = io.StringIO(newline="")
    csv.writer(line).writerow(["id", cell, "x"])
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=separator):
            assert not [part for part in row if part[:1] and part[0] in "\t\r"], separator
            begun = [part.lstrip("\ufeff\u00a0\x0b ")[:1] for part in row]
            assert not {"=", "+", "-", "@", "\uff1d"} & set(begun), separator


@pytest.mark.parametrize("file_format", FileFormat)
def test_written_rows_are_read_back(file_format: FileFormat) -> None:
    rows = [(1, "=1+1", -3, datetime(2026, 1, 31, tzinfo=UTC)), (2, "", 0, None)]
    file = io.BytesIO(b"".join(NOTES.write(rows, file_format)))
    assert [tuple(note.model_dump().values()) for note in NOTES.read(file)] == rows
    assert not file.closed


@pytest.mark.parametrize("file_format", FileFormat)
def test_file_without_rows_is_read_back(file_format: FileFormat) -> None:
    assert list(NOTES.read(io.BytesIO(b"".join(NOTES.write([], file_format))))) == []


@pytest.mark.parametrize("number", [b"12345", b"-1.5e-3"])
def test_number_at_the_end_of_the_read_buffer_is_read_to_its_end(number: bytes) -> None:
    page = b'{"data": [{"text": "%s"}], "count": %s}'
    for read in range(len(number) + 1):
        text = b"x" * (json_reader.READ_CHARACTERS - len(page % (b"", b"")) + len(b"}") - read)
        assert [note.text.encode() for note in NOTES.read(io.BytesIO(page % (text, number)))] == [text]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"text": "a"}\n7', 'Row 2: must be an object, such as {"text": "Hello"}'),
        (b'[{"id": 1, "text": "a"}, {"id": 1, "text": "b"}]', "Row 2, id: is also the id of an earlier row"),
        (b'[{"amount": 1}]', "Row 1, text: This field is required."),
        (b"text,amount\na,b\n", "Row 2, amount: Input should be a valid integer"),
        (b"amount\n1\n", "Row 1: the column \u201ctext\u201d is missing"),
        (b"", "The file is empty"),
    ],
)
def test_invalid_row_is_named(content: bytes, message: str) -> None:
    with pytest.raises(RowError) as raised:
        list(NOTES.read(io.BytesIO(content)))
    assert str(raised.value).startswith(message)
