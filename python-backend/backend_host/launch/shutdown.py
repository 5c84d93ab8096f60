"""Shutdown requests (signals, end of the launcher's stdin pipe) and the launcher's commands on stdin."""

import logging
import os
import queue
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from backend_host.launch import watchdog

logger = logging.getLogger(__name__)

GRACEFUL_SHUTDOWN_TIMEOUT_S = 3
"""Graceful shutdown timeout of a desktop backend."""
FORCED_EXIT_TIMEOUT_S = GRACEFUL_SHUTDOWN_TIMEOUT_S + 1.5
"""Seconds from the end of stdin to a forced exit."""
ORPHAN_EXIT_TIMEOUT_S = 1.0
"""Seconds from the end of stdin to a forced exit, if the launcher has exited."""
CLEANUP_TIMEOUT_S = 0.2
"""Cleanup timeout for cancelled requests, and for worker threads at exit."""

HANDOVER = "handover"
"""Command on stdin, followed by a JSON record of the socket and lock that the launcher hands over."""

_SIGHUP = getattr(signal, "SIGHUP", None)
"""None on Windows."""
_SIGNALS = [
    number
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
    if (number := getattr(signal, name, None)) is not None
]


class ShutdownController:
    """Calls the current handler on the first shutdown request, and the registered handlers of the launcher's commands."""

    def __init__(self) -> None:
        self.handover_records: queue.SimpleQueue[str] = queue.SimpleQueue()
        """JSON records of `handover` lines on stdin. An empty string after the end of stdin."""
        self._commands: dict[str, Callable[[], object]] = {}
        self._received: list[str] = []
        self._lock = threading.Lock()
        self._requested = False
        self._handler: Callable[[], object] = lambda: None

    def install_handlers(self) -> None:
        """Treat SIGTERM, Ctrl-C, SIGHUP and the end of the launcher's stdin pipe as one shutdown request.

        On Linux and macOS this also forks the watchdog process.
        """
        for number in _SIGNALS:
            if number != _SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores it on purpose
                signal.signal(number, self._on_signal)
        mode = os.fstat(0).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):  # not a terminal or /dev/null
            stdin = _detach_stdin()
            launcher = None if sys.platform == "win32" else os.getppid()  # Windows: unchanged after the parent exits
            if launcher is not None:
                watchdog.start(
                    stdin, launcher, orphan_timeout_s=ORPHAN_EXIT_TIMEOUT_S, shutdown_timeout_s=FORCED_EXIT_TIMEOUT_S
                )
            threading.Thread(
                target=_watch_stdin, args=(stdin, launcher, self._on_line), name="stdin", daemon=True
            ).start()

    def on_command(self, command: str, handler: Callable[[], object]) -> None:
        """Call `handler` when the line `command` arrives on stdin, immediately if it has arrived. Thread-safe."""
        with self._lock:
            self._commands[command] = handler
            received = command in self._received
        if received:
            handler()

    def set_handler(self, handler: Callable[[], object]) -> None:
        """Replace the handler of a shutdown request. Calls it immediately if shutdown was requested earlier."""
        self._handler = handler
        if self._requested:
            handler()

    def ignore_signals(self) -> None:
        """Ignore further signals, so that they change neither the shutdown nor the exit status."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _on_line(self, line: str) -> None:
        command, _, argument = line.partition(" ")
        if command == HANDOVER:
            self.handover_records.put(argument)
            return
        with self._lock:
            self._received.append(command)
            handler = self._commands.get(command)
        if handler:
            handler()

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        # A second signal would interrupt the shutdown, or kill the interpreter after it restored the default handlers.
        self.ignore_signals()
        self._requested = True
        self._handler()


def exit_without_joining_threads() -> None:
    """Exit with status 0 if a worker thread is still running after the cleanup timeout: Python would join it.

    Threads can't be stopped. SQLite rolls back their open transactions.
    """
    until = time.monotonic() + CLEANUP_TIMEOUT_S
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                logger.warning("Exiting while a request is still running: thread %s", thread.name)
                logging.shutdown()
                os._exit(0)


def _detach_stdin() -> int:
    """Return a non-inheritable duplicate of stdin, and redirect descriptor 0 to /dev/null.

    A child process that inherits the pipe could read the launcher's lines, and hangs on Windows (python/cpython#78961).
    """
    stdin = os.dup(0)
    devnull = os.open(os.devnull, os.O_RDONLY)
    os.dup2(devnull, 0)
    os.close(devnull)
    return stdin


def _watch_stdin(stdin: int, launcher: int | None, on_line: Callable[[str], None]) -> None:
    with os.fdopen(stdin, "rb", closefd=False) as lines:
        for line in lines:
            on_line(line.decode("ascii", "replace").strip())
    logger.info("Shutting down: the launcher closed stdin")
    ended = time.monotonic()
    signal.raise_signal(signal.SIGTERM)
    on_line(HANDOVER)  # unblocks a start that waits for a record
    while time.monotonic() - ended < (ORPHAN_EXIT_TIMEOUT_S if _has_exited(launcher) else FORCED_EXIT_TIMEOUT_S):
        time.sleep(0.05)
    logger.error("Forced exit: the shutdown timeout is exceeded")
    os._exit(1)


def _has_exited(launcher: int | None) -> bool:
    return launcher is not None and os.getppid() != launcher
