"""Hooks of the debugger that a debug build's launcher puts into this process (docs/hot-patching.md). A release has none."""

import sys

_debugger = sys.modules.get("launcher_debugger")


def paused_s() -> float:
    """Seconds for which a debugger has stopped this process so far."""
    return float(_debugger.paused_s()) if _debugger else 0.0


def on_serving() -> None:
    """This process serves the launcher's socket from now on."""
    if _debugger:
        _debugger.on_serving()


def on_draining() -> None:
    """Another process serves the launcher's socket from now on."""
    if _debugger:
        _debugger.on_draining()
