"""Reads CSV files as spreadsheets write them: separated by comma, semicolon, tab or vertical bar, with or without a line `sep=`."""

import csv
import re
from collections.abc import Collection, Iterator
from typing import TextIO

from backend_host.text.folding import fold, is_blank
from backend_host.transfer.csv_escaping import unescape
from backend_host.transfer.errors import FileError, RowError

MAX_ROW_CHARACTERS = 1024 * 1024
"""csv.reader holds the GIL while it splits a line."""
MAX_ROWS = 1_048_576
"""Maximum number of rows in a spreadsheet, including blank ones."""
_SEPARATORS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep ?= ?(\\t|[^"\r\n])"?[,;\t ]*[\r\n]*', re.IGNORECASE)
_MAX_QUOTED = 40
"""Maximum number of characters that an error message quotes from a cell."""
_REASONS = {
    "unexpected end of data": "has a quotation mark that is never closed",
    "field larger than field limit": f"has a cell of more than {csv.field_size_limit():,} characters",
    "expected after": "has text after the closing quotation mark of a cell; within a cell, quotation marks are doubled",
}


def read(
    text: TextIO, columns: Collection[str], required: Collection[str]
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield each row that is not blank, with its number in a spreadsheet: the header and blank rows count.

    The first row names the columns, case-insensitively: some of `columns`, including all `required` ones. Columns without a
    name and without text are skipped. Raises RowError for invalid CSV, UnicodeDecodeError for a wrong encoding.
    """
    return _Reader(text, columns, required).read()


class _Reader:
    def __init__(self, text: TextIO, columns: Collection[str], required: Collection[str]) -> None:
        self._text = text
        self._columns = columns
        self._required = required
        self._row = 0
        self._row_characters = 0

    def read(self) -> Iterator[tuple[int, dict[str, str | None]]]:
        separator, first = self._header_line()
        reader = csv.reader(self._lines(first), delimiter=separator, strict=True)
        names = self._names(self._cells(reader) or [])
        while (cells := self._cells(reader)) is not None:
            if all(map(is_blank, cells)):
                continue
            if len(cells) < len(names):
                raise RowError(self._row, None, f"has {_cell_count(cells)} where the first row has {len(names)}")
            for index, cell in enumerate(cells):
                if not is_blank(cell) and (index >= len(names) or not names[index]):
                    column = f"in column {_column_letters(index)}, which has no name in the first row"
                    raise RowError(self._row, None, f"has {_cell_count(cells)}, with “{cell[:_MAX_QUOTED]}” {column}")
            yield self._row, {name: unescape(cell) for name, cell in zip(names, cells, strict=False) if name}

    def _cells(self, reader: Iterator[list[str]]) -> list[str] | None:
        """The next row; None at the end."""
        self._next_row()
        try:
            return next(reader, None)
        except csv.Error as error:
            known = (reason for part, reason in _REASONS.items() if part in str(error))
            raise RowError(self._row, None, next(known, f"is not CSV: {error}")) from None

    def _next_row(self) -> None:
        self._row += 1
        self._row_characters = 0
        if self._row > MAX_ROWS:
            raise FileError(f"has more than {MAX_ROWS:,} rows. Split it.")

    def _lines(self, first: str) -> Iterator[str]:
        line = first
        while line:
            yield line
            line = self._line()

    def _line(self) -> str:
        line = self._text.readline(MAX_ROW_CHARACTERS + 1)
        self._row_characters += len(line)
        if self._row_characters > MAX_ROW_CHARACTERS:
            raise RowError(self._row or 1, None, f"is longer than {MAX_ROW_CHARACTERS:,} characters")
        return line

    def _header_line(self) -> tuple[str, str]:
        """The separator, and the line that names the columns. Skips and counts blank lines.

        Prefers the separator of a `sep=` line unless another one yields more known columns: an editor may have changed the
        separator and left that line.
        """
        line = self._next_nonblank_line()
        separators = _SEPARATORS
        if declared := _SEPARATOR_LINE.fullmatch(line):  # spreadsheets show no row for it
            separators = declared[1].replace("\\t", "\t") + _SEPARATORS
            line = self._next_nonblank_line()
        return max(separators, key=lambda separator: self._count_known_columns(line, separator)), line

    def _next_nonblank_line(self) -> str:
        """The next line that is not blank; empty at the end. Counts blank lines."""
        while (line := self._line()) and is_blank(line):
            self._next_row()
        return line

    def _count_known_columns(self, line: str, separator: str) -> int:
        try:
            cells = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            return 0  # `_cells` reports it
        return len({_column_name(cell) for cell in cells} & set(self._columns))

    def _names(self, cells: list[str]) -> list[str]:
        names = [_column_name(cell) for cell in cells]
        known = ", ".join(self._columns)
        if not set(names) & set(self._columns):
            first = next((cell.strip() for cell in cells if not is_blank(cell)), "")
            begins = f". It begins with “{first[:_MAX_QUOTED]}”" if first.isprintable() and first else ""
            raise FileError(f"must begin with a row of column names. Known columns: {known}{begins}")
        for name, cell in zip(names, cells, strict=True):
            if name and name not in self._columns:
                reason = (
                    f"the column “{cell.strip()[:_MAX_QUOTED]}” is unknown. Delete or rename it: columns are {known}."
                )
                raise RowError(self._row, None, reason)
            if name and names.count(name) > 1:
                raise RowError(self._row, None, f"the column “{name}” occurs twice")
        if missing := [name for name in self._required if name not in names]:
            raise RowError(self._row, None, f"the column “{missing[0]}” is missing")
        return names


def _column_name(cell: str) -> str:
    return fold(cell).strip()


def _cell_count(cells: list[str]) -> str:
    return "1 cell" if len(cells) == 1 else f"{len(cells)} cells"


def _column_letters(index: int) -> str:
    """The spreadsheet's name of a column: A, B, …, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
