"""Reads JSON files row by row, without loading the complete file.

Accepts an array of objects, an object with such an array (an API's page: `{"data": […], "count": n}`), and one object per line
(NDJSON, JSON Lines).
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import TextIO

from backend_host.transfer.errors import FileError, RowError

READ_CHARACTERS = 64 * 1024
MAX_ROW_CHARACTERS = 1024 * 1024
"""The json module holds the GIL while it parses a row: at most 0.1 s for this many characters."""
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = r'"(?:[^"\\]|\\.){0,1000}+"'


def read(text: TextIO, row_keys: Collection[str]) -> Iterator[tuple[int, object]]:
    """Yield each row with its number, from 1.

    An object that has one of `row_keys` before "data" is a row, not a page. Raises RowError for invalid JSON,
    UnicodeDecodeError for a wrong encoding. Uses the json module: yajl would silently replace a lone surrogate.
    """
    return _Reader(text, row_keys).read()


class _Reader:
    """A window of the text, and the position in it."""

    def __init__(self, text: TextIO, row_keys: Collection[str]) -> None:
        keys = "|".join(map(re.escape, (*row_keys, "data")))
        self._page = re.compile(
            rf'\{{\s*(?:(?!"(?:{keys})"){_STRING}\s*:\s*(?:{_STRING}|[\w.+-]{{1,40}}+)\s*,\s*){{0,100}}+"data"\s*:\s*(?=\[)'
        )
        self._text = text
        self._decode = json.JSONDecoder().raw_decode
        self._window = ""
        self._position = 0
        self._row_number = 0

    def read(self) -> Iterator[tuple[int, object]]:
        first = self._next_character()
        if first == "[":
            yield from self._array()
        elif first == "{" and self._skip(self._page):
            yield from self._array()
            self._skip_rest_of_page()
        elif first == "{":
            yield from self._lines()
        else:
            raise FileError("is neither a JSON array of objects nor one JSON object per line")
        if self._next_character():
            raise FileError("is not JSON: something follows its end")

    def _array(self) -> Iterator[tuple[int, object]]:
        self._position += 1
        while self._required_character() != "]":
            if self._row_number:
                if self._window[self._position] != ",":
                    raise RowError(self._row_number, None, "is not JSON: no comma follows it")
                self._position += 1
                self._required_character()
            yield self._row()
        self._position += 1

    def _skip_rest_of_page(self) -> None:
        """Skip the other members of the object around "data"."""
        while self._next_character() == ",":
            self._position += 1
            if self._next_character() != '"':
                break
            self._value()
            if self._next_character() != ":":
                break
            self._position += 1
            self._next_character()
            self._value()
        if self._next_character() != "}":
            raise FileError('is not JSON: the object around "data" does not end')
        self._position += 1

    def _lines(self) -> Iterator[tuple[int, object]]:
        while self._next_character():
            yield self._row()

    def _row(self) -> tuple[int, object]:
        self._row_number += 1
        return self._row_number, self._value()

    def _required_character(self) -> str:
        character = self._next_character()
        if not character:
            raise FileError("is incomplete: the JSON array breaks off")
        return character

    def _next_character(self) -> str:
        """Skip whitespace and peek at the next character; empty at the end."""
        while True:
            space = _SPACE.match(self._window, self._position)
            self._position = space.end() if space else self._position
            if self._position < len(self._window):
                return self._window[self._position]
            if not self._read_more():
                return ""

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Skip `pattern` if it matches here."""
        if len(self._window) - self._position < READ_CHARACTERS:
            self._read_more()
        found = pattern.match(self._window, self._position)
        self._position = found.end() if found else self._position
        return bool(found)

    def _value(self) -> object:
        while True:
            try:
                value, end = self._decode(self._window, self._position)
            except json.JSONDecodeError as error:
                # The value may continue after the window.
                if len(self._window) - self._position >= MAX_ROW_CHARACTERS:
                    too_long = f"is longer than {MAX_ROW_CHARACTERS:,} characters, or not JSON: {error.msg}"
                    raise RowError(self._row_number, None, too_long) from None
                if not self._read_more():
                    raise RowError(self._row_number, None, f"is not JSON: {error.msg}") from None
            except RecursionError:
                raise RowError(self._row_number, None, "is nested too deeply") from None
            except ValueError:  # sys.get_int_max_str_digits
                raise RowError(
                    self._row_number, None, "can't be read: it contains a number with thousands of digits"
                ) from None
            else:
                # A number may continue after the window, which may end within its exponent.
                length = end - self._position
                ends_in_window = end + len("e-") < len(self._window) or length >= MAX_ROW_CHARACTERS
                if ends_in_window or not self._read_more():
                    self._position += length
                    return value

    def _read_more(self) -> bool:
        """Drop what was read and double the rest of the window, so that a huge value is parsed a few times only."""
        rest = self._window[self._position :]
        size = min(max(READ_CHARACTERS, len(rest)), max(MAX_ROW_CHARACTERS - len(rest), READ_CHARACTERS))
        more = self._text.read(size)
        self._window, self._position = rest + more, 0
        return bool(more)
