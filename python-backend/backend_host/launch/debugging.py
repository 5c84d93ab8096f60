"""Hooks for the debugger that the launcher of a debug build installs (docs/hot-patching.md). Release builds have none."""

import sys

_debugger = sys.modules.get("launcher_debugger")


def paused_s() -> float:
    """Return the seconds for which the debugger has paused this process so far."""
    return float(_debugger.paused_s()) if _debugger else 0.0


def on_serving() -> None:
    """Notify the debugger that this process serves the launcher's socket."""
    if _debugger:
        _debugger.on_serving()


def on_draining() -> None:
    """Notify the debugger that another process serves the launcher's socket."""
    if _debugger:
        _debugger.on_draining()
