"""Polls conditions that emit no event, such as a new process or a file written by another process."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WAIT_S = 60
"""Timeout of a wait, long enough for slow machines."""
POLL_S = 0.05
"""Interval between two checks. A busy loop would take a core from the process under test."""

_pause = threading.Event()


def wait_until(condition: Callable[[], T], within_s: float = WAIT_S) -> T:
    """Poll `condition` until it returns a true value, and return that value. Raises AssertionError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not (result := condition()):
        assert time.monotonic() < deadline, f"condition not met within {within_s} s: {condition}"
        _pause.wait(POLL_S)
    return result
