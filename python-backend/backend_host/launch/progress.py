"""Signs of life during a start, for whoever waits for it and would give up on silence."""

import time
from collections.abc import Callable

REPORT_INTERVAL_S = 1.0

_listeners: list[Callable[[str], None]] = []
_last: tuple[str, float] = ("", 0.0)


def add_listener(listener: Callable[[str], None]) -> None:
    """Have `listener` called with the name of each step, and again about once a second while a step goes on."""
    _listeners.append(listener)


def report(step: str) -> None:
    """A step has begun or goes on; may be called as often as one likes."""
    global _last
    now = time.monotonic()
    if step != _last[0] or now >= _last[1] + REPORT_INTERVAL_S:
        _last = (step, now)
        for listener in _listeners:
            listener(step)
