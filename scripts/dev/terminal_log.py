"""Filters the app's log for the terminal of `make dev`. `make logs` shows all lines."""

import re

_SHELL = re.compile(r"^\[[\d-]+\]\[[\d:]+\]\[(?P<target>[\w:]+)\]\[(?P<level>[A-Z]+)\] ?(?P<text>.*)$")
_RECORD = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z (?P<level>[A-Z]+) ")
_TRACEBACK = "Traceback (most recent call last):"
_CHAIN = ("The above exception was", "During handling of the above exception")
_QUIET = {"TRACE", "DEBUG", "INFO"}


class TerminalLog:
    """Shows warnings, errors, and what the app prints. Omits tracebacks of logged errors, because FailedRequests reports
    them with the frame in the checkout."""

    def __init__(self) -> None:
        self._after_error = False
        self._in_traceback = False

    def show(self, line: str) -> str | None:
        """The text to show, or None to omit the line."""
        found = _SHELL.match(line)
        if not found:
            return line
        if found["target"] != "backend":
            return None if found["level"] in _QUIET else line
        text = found["text"]
        if record := _RECORD.match(text):
            self._after_error, self._in_traceback = record["level"] not in _QUIET, False
            return None if record["level"] in _QUIET else text
        return None if self._is_reported(text) else text

    def _is_reported(self, text: str) -> bool:
        """Whether it is part of a logged error's traceback."""
        if self._after_error and text == _TRACEBACK:
            self._in_traceback = True
        elif self._in_traceback and text and not text.startswith((" ", *_CHAIN)):
            self._in_traceback = False  # the exception's own line, the last one
            return True
        elif self._after_error and (not text or text.startswith(_CHAIN)):
            return True
        return self._in_traceback
