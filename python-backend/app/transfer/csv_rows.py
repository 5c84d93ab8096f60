"""The rows of a CSV file as spreadsheets write it: comma, semicolon, tab or bar, with or without a line `sep=`."""

import csv
import re
from collections.abc import Collection, Iterator
from typing import TextIO

from app.core.errors import RowError
from app.core.text import fold, is_blank
from app.transfer.csv_cells import unguard

MAX_ROW_CHARACTERS = 1024 * 1024
"""Python splits a line in one go, during which no other thread runs."""
MAX_ROWS = 1_048_576
"""As many as a spreadsheet has, blank ones included."""
_SEPARATORS = ",;\t|"
_NAMED_SEPARATOR = re.compile(r'"?sep ?= ?(\\t|[^"\r\n])"?[,;\t ]*[\r\n]*', re.IGNORECASE)
_SHOWN = 40
"""How much of a column's name an error repeats."""
_FAULTS = {
    "unexpected end of data": "has a quotation mark that is never closed",
    "field larger than field limit": f"has a cell of more than {csv.field_size_limit():,} characters",
    "expected after": "has text after the closing quotation mark of a cell; within a cell, quotation marks are doubled",
}


def read(
    text: TextIO, columns: Collection[str], required: Collection[str]
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Each row that has any text, with its number as a spreadsheet counts: the header is a row, and so are blank ones.

    The first row names the columns, of `columns`, among them the `required` ones, in any case. Columns without name and
    text are skipped. Raises RowError for what can't be read, UnicodeDecodeError where it is not text.
    """
    return _Rows(text, columns, required).read()


class _Rows:
    def __init__(self, text: TextIO, columns: Collection[str], required: Collection[str]) -> None:
        self._text = text
        self._columns = columns
        self._required = required
        self._row = 0
        self._characters = 0
        """Of the row that is being read."""

    def read(self) -> Iterator[tuple[int, dict[str, str | None]]]:
        separator, first = self._header_line()
        lines = self._lines(first)
        reader = csv.reader(lines, delimiter=separator, strict=True)
        names = self._names(self._cells(reader) or [])
        while (cells := self._cells(reader)) is not None:
            if all(map(is_blank, cells)):
                continue
            if len(cells) < len(names):
                raise RowError(self._row, "item", f"has {_cells(len(cells))} where the first row has {len(names)}")
            for place, cell in enumerate(cells):
                if not is_blank(cell) and (place >= len(names) or not names[place]):
                    column = f"in column {_letters(place)}, which has no name in the first row"
                    raise RowError(self._row, "item", f"has {_cells(len(cells))}, with “{cell[:_SHOWN]}” {column}")
            row = {name: unguard(cell) for name, cell in zip(names, cells, strict=False) if name}
            yield self._row, row

    def _cells(self, reader: Iterator[list[str]]) -> list[str] | None:
        """The next row; None at the end."""
        self._next_row()
        try:
            return next(reader, None)
        except csv.Error as error:
            fault = next((words for part, words in _FAULTS.items() if part in str(error)), f"is not CSV: {error}")
            raise RowError(self._row, "item", fault) from None

    def _next_row(self) -> None:
        self._row += 1
        self._characters = 0
        if self._row > MAX_ROWS:
            raise RowError(0, "file", f"has more than {MAX_ROWS:,} rows. Split it.")

    def _lines(self, first: str) -> Iterator[str]:
        line = first
        while line:
            yield line
            line = self._line()

    def _line(self) -> str:
        line = self._text.readline(MAX_ROW_CHARACTERS + 1)
        self._characters += len(line)
        if self._characters > MAX_ROW_CHARACTERS:
            raise RowError(self._row or 1, "item", f"is longer than {MAX_ROW_CHARACTERS:,} characters")
        return line

    def _header_line(self) -> tuple[str, str]:
        """The separator, and the line that names the columns. Skips blank lines before it, and counts them.

        The separator of a `sep=` line is preferred, unless columns are found with another one: an editor may have kept
        that line and changed the separator.
        """
        line = self._visible_line()
        separators = _SEPARATORS
        if named := _NAMED_SEPARATOR.fullmatch(line):  # spreadsheets show no row for it
            separators = named[1].replace("\\t", "\t") + _SEPARATORS
            line = self._visible_line()
        return max(separators, key=lambda separator: self._known(line, separator)), line

    def _visible_line(self) -> str:
        """The next line that is not blank, or the end. Counts the blank ones."""
        while (line := self._line()) and is_blank(line):
            self._next_row()
        return line

    def _known(self, line: str, separator: str) -> int:
        """How many of the columns `line` names."""
        cells = next(csv.reader([line], delimiter=separator), [])
        return len({_name(cell) for cell in cells} & set(self._columns))

    def _names(self, cells: list[str]) -> list[str]:
        names = [_name(cell) for cell in cells]
        named = [name for name in names if name]
        if not set(named) & set(self._columns):
            first = next((cell.strip() for cell in cells if not is_blank(cell)), "")
            begins = f". It begins with “{first[:_SHOWN]}”" if first.isprintable() and first else ""
            known = ", ".join(self._columns)
            raise RowError(0, "file", f"must begin with a row that names its columns, of these: {known}{begins}")
        for name, cell in zip(names, cells, strict=True):
            if name and name not in self._columns:
                known = ", ".join(self._columns)
                fault = f"the column “{cell.strip()[:_SHOWN]}” is unknown. Delete or rename it: columns are {known}."
                raise RowError(self._row, "item", fault)
            if name and names.count(name) > 1:
                raise RowError(self._row, "item", f"the column “{name}” is there twice")
        if missing := [name for name in self._required if name not in names]:
            raise RowError(self._row, "item", f"the column “{missing[0]}” is missing")
        return names


def _name(cell: str) -> str:
    return fold(cell).strip()


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _letters(place: int) -> str:
    """A column as spreadsheets name it: A, B, …, Z, AA."""
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
