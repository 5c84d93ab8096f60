"""The backend's side of the launch contract: events on stdout, and a clean end when asked or left alone."""

import json
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
from typing import IO, Any

from backend_host.launch import watchdog

logger = logging.getLogger(__name__)

CONTRACT = 1
"""Number of the launch contract (docs/launch-contract.md): it changes when a launcher of before could not go on."""

FINISH_REQUESTS_S = 3
"""How long requests in flight may take once a stop was asked for."""
HARD_END_S = FINISH_REQUESTS_S + 1.5
"""After stdin ended: when a process that still has not stopped is ended the hard way."""
ORPHAN_END_S = 1.0
"""The same once the launcher is gone and nobody is left to do it."""
CLEAN_UP_S = 0.2
"""How long a request that is cut short may take to let go of what it holds, and a thread without work to end."""

HANDOVER = "handover"
"""The word on stdin before a record of what the launcher hands over."""

_HANG_UP = getattr(signal, "SIGHUP", None)
"""The terminal was closed; Windows has none."""
_SIGNALS = [
    number
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
    if (number := getattr(signal, name, None)) is not None
]


def claim_stdout() -> IO[str]:
    """The real stdout, for events only; whatever else prints goes to stderr from now on."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def announce(events: IO[str], **event: Any) -> None:
    """Write one event of the launch contract as a JSON line. A launcher that went away is not an error."""
    try:
        print(json.dumps(event), file=events, flush=True)
    except OSError:
        logger.warning("The launcher no longer reads events")


class Stop:
    """A stop that was asked for: told once, to whoever can carry it out by now. And what else the launcher asks for."""

    def __init__(self) -> None:
        self.handovers: queue.SimpleQueue[str] = queue.SimpleQueue()
        """What follows `handover` on a line of stdin, and an empty text once stdin has ended."""
        self._words: dict[str, Callable[[], object]] = {}
        self._said: list[str] = []
        self._speaking = threading.Lock()
        self._asked = False
        self._carry_out: Callable[[], object] = lambda: None

    def listen(self) -> None:
        """Take SIGTERM, Ctrl-C, the terminal's end and the end of the launcher's stdin pipe for one request to stop."""
        for number in _SIGNALS:
            if number != _HANG_UP or signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores it on purpose
                signal.signal(number, self._on_signal)
        mode = os.fstat(0).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):  # a terminal or /dev/null is nobody's leash
            stdin = _claim_stdin()
            launcher = None if sys.platform == "win32" else os.getppid()  # there it stays the number of a dead process
            if launcher is not None:
                watchdog.start(stdin, launcher, launcher_gone_s=ORPHAN_END_S, launcher_alive_s=HARD_END_S)
            threading.Thread(
                target=_watch_stdin, args=(stdin, launcher, self._on_line), name="stdin", daemon=True
            ).start()

    def heed(self, word: str, carry_out: Callable[[], object]) -> None:
        """What a line on stdin that says `word` does; done at once when it was said already. Called from any thread."""
        with self._speaking:
            self._words[word] = carry_out
            said = word in self._said
        if said:
            carry_out()

    def means(self, carry_out: Callable[[], object]) -> None:
        """What a stop does from now on; done at once when it was asked for already, and was not done or went lost."""
        self._carry_out = carry_out
        if self._asked:
            carry_out()

    def is_over(self) -> None:
        """Whatever is asked from now on changes nothing about the end, nor about the exit status."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _on_line(self, line: str) -> None:
        word, _, argument = line.partition(" ")
        if word == HANDOVER:
            self.handovers.put(argument)
            return
        with self._speaking:
            self._said.append(word)
            carry_out = self._words.get(word)
        if carry_out:
            carry_out()

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        # One more would cut the clean stop short, and kill an interpreter that has let go of its handlers.
        self.is_over()
        self._asked = True
        self._carry_out()


def exit_without_joining_threads() -> None:
    """End now, with 0, if a thread still works on a request that had its time: Python would wait for it.

    It can't be stopped. What it has not committed, SQLite takes back.
    """
    until = time.monotonic() + CLEAN_UP_S
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                logger.warning("A request is still at work: ending without it")
                logging.shutdown()
                os._exit(0)


def _claim_stdin() -> int:
    """A descriptor of the launcher's pipe that no child inherits. For everybody else stdin is empty from now on.

    A child that inherits the pipe could read the launcher's lines, and on Windows hangs (python/cpython#78961).
    """
    stdin = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return stdin


def _watch_stdin(stdin: int, launcher: int | None, on_line: Callable[[str], None]) -> None:
    with os.fdopen(stdin, "rb", closefd=False) as lines:
        for line in lines:
            on_line(line.decode("ascii", "replace").strip())
    logger.info("The launcher closed stdin: stopping")
    ended = time.monotonic()
    signal.raise_signal(signal.SIGTERM)
    on_line(HANDOVER)  # nobody need wait for one any longer
    while time.monotonic() - ended < (ORPHAN_END_S if _is_gone(launcher) else HARD_END_S):
        time.sleep(0.05)
    logger.error("Still running after the time to stop: ending now")
    os._exit(1)


def _is_gone(launcher: int | None) -> bool:
    return launcher is not None and os.getppid() != launcher
