"""Filters the app's log for the terminal of `make dev`. `make logs` shows all lines."""

import re

_SHELL = re.compile(r"^\[[\d-]+\]\[[\d:]+\]\[(?P<target>[\w:]+)\]\[(?P<level>[A-Z]+)\] ?(?P<text>.*)$")
_RECORD = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z (?P<level>[A-Z]+) ")
_TRACEBACK = "Traceback (most recent call last):"
_CHAINED = ("The above exception was", "During handling of the above exception")
_HIDDEN_LEVELS = {"TRACE", "DEBUG", "INFO"}


class TerminalLog:
    """Shows warnings, errors and output of the app. Omits tracebacks of logged errors:
    scripts/hot_patch/failed_requests.py reports them with their frames in the checkout."""

    def __init__(self) -> None:
        self._after_error = False
        self._in_traceback = False
        self._in_message = False

    def format_line(self, line: str) -> str | None:
        """The text to show, or None to omit the line."""
        found = _SHELL.match(line)
        if not found:
            return line
        if found["target"] != "backend":
            return None if found["level"] in _HIDDEN_LEVELS else line
        text = found["text"]
        if record := _RECORD.match(text):
            self._after_error = record["level"] not in _HIDDEN_LEVELS
            self._in_traceback = self._in_message = False
            return None if record["level"] in _HIDDEN_LEVELS else text
        return None if self._is_in_logged_traceback(text) else text

    def _is_in_logged_traceback(self, text: str) -> bool:
        """Whether the line is part of the traceback of a logged error. Lines of its message are recognized by indentation."""
        if self._after_error and text.endswith(_TRACEBACK):
            self._in_traceback = True
        elif self._in_traceback and text and not text.startswith((" ", *_CHAINED)):
            self._in_traceback, self._in_message = False, True  # the exception
        elif self._after_error and (not text or text.startswith(_CHAINED)):
            return True
        elif not text.startswith(" "):
            self._in_message = False
        return self._in_traceback or self._in_message
