"""Ends a backend that outlives its launcher even while it holds the GIL, so that no thread of its own can act.

A small process forked at the start, while this one has a single thread and has imported next to nothing: it shares
its memory, and only waits. Windows needs none: the launcher's job object ends the backend.
"""

import os
import select
import signal
import sys
import time
from contextlib import suppress

MARGIN_S = 0.3
"""How much later than the backend's own thread, which says so in the log, it acts."""
POLL_INTERVAL_S = 0.05
NAME = "app-watchdog"
"""What Linux calls the process (`comm`), at most 15 bytes."""


def start(stdin: int, launcher: int, *, orphan_timeout_s: float, shutdown_timeout_s: float) -> None:
    """Watch over this process from now on.

    Once the other end of `stdin` is closed, this process has `shutdown_timeout_s` to exit, and `orphan_timeout_s` from the
    end of process `launcher`; then it is killed. A backend that leads a process group, as the shell's does, takes with it
    what it has started. Call it before there are threads.
    """
    if sys.platform == "win32":
        return
    backend = os.getpid()
    watched, _held = os.pipe()  # no child of the backend inherits the end it holds: that is closed with it
    is_group_leader = os.getpgrp() == backend
    if os.fork():
        os.close(watched)
        return
    try:
        _become_watchdog({stdin, watched})
        _watch(backend, watched, stdin, launcher, orphan_timeout_s + MARGIN_S, shutdown_timeout_s + MARGIN_S)
        if is_group_leader and not _is_running(launcher):
            os.killpg(backend, signal.SIGKILL)
    finally:
        os._exit(0)


def _become_watchdog(used: set[int]) -> None:
    """Leave the backend's process group, and give back what its own end must release: sockets, the lock, its output."""
    os.setpgid(0, 0)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # a terminal sends them to all; the backend decides
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    devnull = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        if standard not in used:
            os.dup2(devnull, standard)
    start = 3
    for kept in sorted(used | {devnull}):
        os.closerange(start, kept)
        start = max(start, kept + 1)
    os.closerange(start, min(os.sysconf("SC_OPEN_MAX"), 65_536))
    with suppress(OSError), open("/proc/self/comm", "w") as comm:
        comm.write(NAME)


def _watch(
    backend: int, watched: int, stdin: int, launcher: int, orphan_timeout_s: float, shutdown_timeout_s: float
) -> None:
    waiting = select.poll()
    waiting.register(watched, select.POLLIN)
    waiting.register(stdin, 0)  # reports that it hung up, and takes none of what is sent
    while not (events := dict(waiting.poll())):
        pass
    ended = time.monotonic()
    waiting.unregister(stdin)
    gone_since = None
    while watched not in events and os.getppid() == backend:
        now = time.monotonic()
        if gone_since is None and not _is_running(launcher):
            gone_since = max(ended, now - POLL_INTERVAL_S)
        if now - ended > shutdown_timeout_s or (gone_since and now - gone_since > orphan_timeout_s):
            os.kill(backend, signal.SIGKILL)
            return
        events = dict(waiting.poll(POLL_INTERVAL_S * 1_000))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in {"Z", "X"}  # dead, whoever collects it
    except ProcessLookupError:
        return False
    except OSError:  # another user's, or no /proc here
        return True
