"""Waiting for a condition that no event reports, such as a process that appears or a file that another process writes."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WAIT_S = 60
"""How long a wait may take on a slow machine before its test fails."""
POLL_S = 0.05
"""Time between two checks. Checking without a pause would take a whole core from what is waited for."""

_pause = threading.Event()


def wait_until(condition: Callable[[], T], within_s: float = WAIT_S) -> T:
    """Return the first true result of `condition`. Raises AssertionError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {condition}"
        _pause.wait(POLL_S)
    return result
