"""Readiness of this process for load balancers and launchers."""

from threading import Event

_stopping = Event()


def mark_stopping() -> None:
    """Report this process as not ready from now on."""
    _stopping.set()


def is_stopping() -> bool:
    """Whether a shutdown was requested."""
    return _stopping.is_set()
