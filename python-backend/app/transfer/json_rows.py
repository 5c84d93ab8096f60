"""The rows of a JSON file, one after the other, from a text too large to be parsed at once.

Takes an array, one in an object such as the API's own `{"data": […], "count": n}`, and objects one after the other (NDJSON, JSON Lines).
"""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from app.core.errors import RowError

CHARACTERS_AT_ONCE = 64 * 1024
MAX_ROW_CHARACTERS = 1024 * 1024
"""Python parses a row in one go, during which no other thread runs: at most 0.1 s for this many."""
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = r'"(?:[^"\\]|\\.){0,1000}+"'
_PAGE = re.compile(
    rf'\{{\s*(?:(?!"(?:title|data)"){_STRING}\s*:\s*(?:{_STRING}|[\w.+-]{{1,40}}+)\s*,\s*){{0,100}}+"data"\s*:\s*(?=\[)'
)
"""The object around an array of items, such as a page of this or another API; an item has a title."""


def read(text: TextIO) -> Iterator[tuple[int, object]]:
    """Each row with its number, from 1. Raises RowError where the text is not JSON, UnicodeDecodeError where it is not text.

    Python's own parser does the work: a streaming one (yajl) would make a question mark of a lone surrogate silently.
    """
    return _Rows(text).read()


class _Rows:
    """A window on the text, and the position in it."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode
        self._window = ""
        self._place = 0
        self._number = 0

    def read(self) -> Iterator[tuple[int, object]]:
        first = self._next_character()
        if first == "[":
            yield from self._array()
        elif first == "{" and self._skip(_PAGE):
            yield from self._array()
            self._end_of_page()
        elif first == "{":
            yield from self._lines()
        else:
            raise RowError(0, "file", "is neither a JSON array of items nor one JSON object per line")
        if self._next_character():
            raise RowError(0, "file", "is not JSON: something follows its end")

    def _array(self) -> Iterator[tuple[int, object]]:
        self._place += 1
        while self._required_character() != "]":
            if self._number:
                if self._window[self._place] != ",":
                    raise RowError(self._number, "item", "is not JSON: no comma follows it")
                self._place += 1
                self._required_character()
            yield self._row()
        self._place += 1

    def _end_of_page(self) -> None:
        """Skip whatever else the object around "data" has."""
        while self._next_character() == ",":
            self._place += 1
            if self._next_character() != '"':
                break
            self._value()
            if self._next_character() != ":":
                break
            self._place += 1
            self._next_character()
            self._value()
        if self._next_character() != "}":
            raise RowError(0, "file", 'is not JSON: the object around "data" does not end')
        self._place += 1

    def _lines(self) -> Iterator[tuple[int, object]]:
        while self._next_character():
            yield self._row()

    def _row(self) -> tuple[int, object]:
        self._number += 1
        return self._number, self._value()

    def _required_character(self) -> str:
        character = self._next_character()
        if not character:
            raise RowError(0, "file", "is incomplete: the JSON array breaks off")
        return character

    def _next_character(self) -> str:
        """The next one that is no space, which stays to be read; empty at the end."""
        while True:
            space = _SPACE.match(self._window, self._place)
            self._place = space.end() if space else self._place
            if self._place < len(self._window):
                return self._window[self._place]
            if not self._widen():
                return ""

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Skip what matches, if the text goes on so."""
        if len(self._window) - self._place < CHARACTERS_AT_ONCE:
            self._widen()
        found = pattern.match(self._window, self._place)
        self._place = found.end() if found else self._place
        return bool(found)

    def _value(self) -> object:
        while True:
            try:
                value, end = self._decode(self._window, self._place)
            except json.JSONDecodeError as error:
                # Perhaps only because the window ends here.
                if len(self._window) - self._place >= MAX_ROW_CHARACTERS:
                    too_long = f"is longer than {MAX_ROW_CHARACTERS:,} characters, or not JSON: {error.msg}"
                    raise RowError(self._number, "item", too_long) from None
                if not self._widen():
                    raise RowError(self._number, "item", f"is not JSON: {error.msg}") from None
            except RecursionError:
                raise RowError(self._number, "item", "is nested too deeply") from None
            except ValueError:  # Python's limit for converting a text to a number
                raise RowError(self._number, "item", "can't be read: it has a number of thousands of digits") from None
            else:
                self._place = end
                return value

    def _widen(self) -> bool:
        """Drop what is read and take in as much again: even one huge value is parsed a few times only."""
        rest = self._window[self._place :]
        size = min(max(CHARACTERS_AT_ONCE, len(rest)), max(MAX_ROW_CHARACTERS - len(rest), CHARACTERS_AT_ONCE))
        more = self._text.read(size)
        self._window, self._place = rest + more, 0
        return bool(more)
