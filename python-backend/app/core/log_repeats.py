"""Collapses repeated log lines, so that nothing that repeats pushes everything else out of the log."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_S = 60.0
BURST = 30
"""Lines of one kind that are written in a window; of those below WARNING, such as the access log's, `INFO_BURST`."""
INFO_BURST = 1_000


@dataclass
class _Window:
    begin: float
    count: int = 0
    suppressed: int = 0
    last: str = ""
    """The message that was suppressed last."""


class RepeatFilter(logging.Filter):
    """Passes the first lines of a kind in each minute, then one that says how many more there were.

    A kind is a logger, a level and a message without its arguments. A handler has a filter of its own.
    """

    def __init__(self, handler: logging.Handler, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._handler = handler
        self._clock = clock
        self._windows: dict[tuple[str, int, str], _Window] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the record. Summaries that are due are written first."""
        now = self._clock()
        self._summarize(now)
        kind = (record.name, record.levelno, str(record.msg))
        window = self._windows.setdefault(kind, _Window(now))
        window.count += 1
        if window.count <= (BURST if record.levelno >= logging.WARNING else INFO_BURST):
            return True
        window.suppressed += 1
        window.last = record.getMessage()
        return False

    def _summarize(self, now: float) -> None:
        for kind in [kind for kind, window in self._windows.items() if now - window.begin >= WINDOW_S]:
            window = self._windows.pop(kind)
            if window.suppressed:
                summary = ("%s … repeated %d times in a minute", (window.last, window.suppressed))
                self._handler.emit(logging.LogRecord(kind[0], kind[1], __file__, 0, *summary, None))
