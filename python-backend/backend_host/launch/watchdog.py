"""Kills a backend that outlives its launcher, even if a C call holds the GIL and none of its threads can run.

The watchdog is a process forked early in the start, before there are threads; it shares unmodified memory pages with the backend (copy-on-write).
Windows needs none: closing the launcher's job object kills the backend.
"""

import os
import select
import signal
import sys
import time
from contextlib import suppress

MARGIN_S = 0.3
"""Additional timeout: the backend's thread, which logs the forced exit, acts first."""
POLL_INTERVAL_S = 0.05
NAME = "app-watchdog"
"""Process name on Linux (`/proc/PID/comm`), at most 15 bytes."""


def start(stdin: int, launcher: int, *, orphan_timeout_s: float, shutdown_timeout_s: float) -> None:
    """Fork the watchdog of this process. Call it before starting threads. Does nothing on Windows.

    After the other end of `stdin` is closed, the watchdog sends SIGKILL when `shutdown_timeout_s` have passed, or
    `orphan_timeout_s` since the process `launcher` exited. If the backend leads a process group and the launcher has
    exited, all processes of the group are killed.
    """
    if sys.platform == "win32":
        return
    backend = os.getpid()
    backend_pipe, _write_end = os.pipe()  # only the backend has the write end, which closes when it exits
    is_group_leader = os.getpgrp() == backend
    if os.fork():
        os.close(backend_pipe)
        return
    try:
        _become_watchdog({stdin, backend_pipe})
        _watch(backend, backend_pipe, stdin, launcher, orphan_timeout_s + MARGIN_S, shutdown_timeout_s + MARGIN_S)
        if is_group_leader and not _is_running(launcher):
            os.killpg(backend, signal.SIGKILL)
    finally:
        os._exit(0)


def _become_watchdog(keep_open: set[int]) -> None:
    """Leave the backend's process group and close inherited descriptors: sockets, the lock, stdout and stderr."""
    os.setpgid(0, 0)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # systemd signals all processes of a service; the backend exits
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    devnull = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        if standard not in keep_open:
            os.dup2(devnull, standard)
    start = 3
    for fd in sorted(keep_open | {devnull}):
        os.closerange(start, fd)
        start = max(start, fd + 1)
    os.closerange(start, min(os.sysconf("SC_OPEN_MAX"), 65_536))
    with suppress(OSError), open("/proc/self/comm", "w") as comm:
        comm.write(NAME)


def _watch(
    backend: int, backend_pipe: int, stdin: int, launcher: int, orphan_timeout_s: float, shutdown_timeout_s: float
) -> None:
    poller = select.poll()
    poller.register(backend_pipe, select.POLLIN)
    poller.register(stdin, 0)  # POLLHUP only; reads nothing
    while not (events := dict(poller.poll())):
        pass
    stdin_closed_at = time.monotonic()
    poller.unregister(stdin)
    launcher_exited_at = None
    while backend_pipe not in events and os.getppid() == backend:
        now = time.monotonic()
        if launcher_exited_at is None and not _is_running(launcher):
            launcher_exited_at = max(stdin_closed_at, now - POLL_INTERVAL_S)
        if now - stdin_closed_at > shutdown_timeout_s or (
            launcher_exited_at and now - launcher_exited_at > orphan_timeout_s
        ):
            os.kill(backend, signal.SIGKILL)
            return
        events = dict(poller.poll(POLL_INTERVAL_S * 1_000))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in {"Z", "X"}  # zombie, dead
    except ProcessLookupError:
        return False
    except OSError:  # another user's process, or no /proc
        return True
