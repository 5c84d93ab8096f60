"""The values of a JSON array, one after the other, from a text too large to be held whole."""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from app.core.errors import RowError

CHARACTERS_AT_ONCE = 64 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")


def read(text: TextIO) -> Iterator[object]:
    """Each value of the array. Raises RowError where the text is no JSON array, UnicodeDecodeError where it is none.

    Python's own parser does the work: a streaming one (yajl) would make a question mark of a lone surrogate silently.
    """
    return _Rows(text).read()


class _Rows:
    """A window on the text, and how far in it things are read."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode
        self._window = ""
        self._place = 0
        self._number = 0

    def read(self) -> Iterator[object]:
        if self._next_character() != "[":
            raise RowError(0, "file", "is no JSON array of items")
        self._place += 1
        while self._next_character() != "]":
            if self._number:
                self._pass_comma()
            self._number += 1
            yield self._value()
        if self._window[self._place + 1 :].strip() or any(line.strip() for line in self._text):
            raise RowError(0, "file", "is no JSON: something follows the end of the array")

    def _pass_comma(self) -> None:
        if self._window[self._place] != ",":
            raise RowError(self._number, "item", "is no JSON: no comma follows it")
        self._place += 1
        self._next_character()

    def _next_character(self) -> str:
        """The next one that is no space; it stays to be read."""
        while True:
            space = _SPACE.match(self._window, self._place)
            self._place = space.end() if space else self._place
            if self._place < len(self._window):
                return self._window[self._place]
            if not self._widen():
                raise RowError(0, "file", "is no JSON array of items: it breaks off")

    def _value(self) -> object:
        while True:
            try:
                value, self._place = self._decode(self._window, self._place)
            except json.JSONDecodeError as error:
                # Perhaps only because the window ends here.
                if not self._widen():
                    raise RowError(self._number, "item", f"is no JSON: {error.msg}") from None
            except (ValueError, RecursionError) as error:
                raise RowError(self._number, "item", f"is no JSON that can be read: {error}") from None
            else:
                return value

    def _widen(self) -> bool:
        """Drop what is read and take in as much again: even one huge value is looked at a few times only."""
        more = self._text.read(max(CHARACTERS_AT_ONCE, len(self._window)))
        self._window, self._place = self._window[self._place :] + more, 0
        return bool(more)
