"""Progress reports of a start, which extend the launcher's start deadline."""

import time
from collections.abc import Callable

REPORT_INTERVAL_S = 1.0
"""Minimum interval between two reports of the same step."""

_listeners: list[Callable[[str], None]] = []
_last: tuple[str, float] = ("", 0.0)


def add_listener(listener: Callable[[str], None]) -> None:
    """Call `listener` with the name of each step, and about once a second while the step continues."""
    _listeners.append(listener)


def report(step: str) -> None:
    """Report that a step starts or continues. Repeated calls within REPORT_INTERVAL_S do nothing."""
    global _last
    now = time.monotonic()
    if step != _last[0] or now >= _last[1] + REPORT_INTERVAL_S:
        _last = (step, now)
        for listener in _listeners:
            listener(step)
