"""Whether this process should be sent more requests."""

from threading import Event

_stopping = Event()


def mark_stopping() -> None:
    """Say from now on that it should not."""
    _stopping.set()


def is_stopping() -> bool:
    """Whether it was asked to stop, and only finishes what it has."""
    return _stopping.is_set()
