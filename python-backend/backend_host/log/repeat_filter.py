"""Rate limit for repeated log records, which would otherwise rotate all others out of the log."""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_S = 60.0
BURST = 30
"""Maximum number of records of one kind per window, from level WARNING."""
INFO_BURST = 1_000
"""Maximum number of records of one kind per window, below level WARNING, such as the access log."""
MAX_KINDS = 500
"""Maximum number of distinct kinds per window. Further kinds are counted together."""

_VARIABLE = re.compile(r"0x[0-9a-f]+|\d+")
_KIND_LENGTH = 200
_Kind = tuple[str, int, str]


@dataclass
class _Window:
    begin: float
    count: int = 0
    suppressed: int = 0
    last: str = ""
    """The last suppressed message."""


class RepeatFilter(logging.Filter):
    """Passes the first records of each kind per WINDOW_S, then a summary with the number of suppressed records.

    A kind is a logger, a level and the first line of the unformatted message with numbers and addresses masked, because
    asyncio formats its messages itself. Each handler needs its own filter.
    """

    def __init__(self, handler: logging.Handler, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._handler = handler
        self._clock = clock
        self._windows: dict[_Kind, _Window] = {}  # oldest first

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log the record. Emits due summaries first."""
        self._handler.acquire()  # logging holds this lock for `emit`, but not for filters
        try:
            return self._count(record)
        finally:
            self._handler.release()

    def _count(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        self._summarize(now)
        kind = self._kind(record)
        window = self._windows.setdefault(kind, _Window(now))
        window.count += 1
        if window.count <= (BURST if record.levelno >= logging.WARNING else INFO_BURST):
            return True
        window.suppressed += 1
        window.last = record.getMessage()
        return False

    def _kind(self, record: logging.LogRecord) -> _Kind:
        first_line = str(record.msg)[:_KIND_LENGTH].partition("\n")[0]
        kind = (record.name, record.levelno, _VARIABLE.sub("#", first_line))
        return kind if kind in self._windows or len(self._windows) < MAX_KINDS else ("", record.levelno, "")

    def _summarize(self, now: float) -> None:
        while self._windows:
            kind, window = next(iter(self._windows.items()))
            if now - window.begin < WINDOW_S:
                break
            del self._windows[kind]
            if window.suppressed:
                summary = ("%s … repeated %d times in a minute", (window.last, window.suppressed))
                self._handler.emit(logging.LogRecord(kind[0], kind[1], __file__, 0, *summary, None))
