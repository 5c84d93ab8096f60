"""The backend's side of the launch contract: events on stdout, and a clean end when asked or left alone."""

import json
import logging
import os
import signal
import stat
import sys
import threading
import time
from types import FrameType
from typing import IO, Any

logger = logging.getLogger(__name__)

FINISH_REQUESTS_S = 3
"""How long requests in flight may take once a stop was asked for."""
HARD_END_S = FINISH_REQUESTS_S + 1.5
"""After stdin ended: when a process that still has not stopped is ended the hard way."""
ORPHAN_END_S = 1.0
"""The same once the launcher is gone and nobody is left to do it."""


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


def stop_when_asked() -> None:
    """Turn SIGTERM, Ctrl-C and the end of the launcher's stdin pipe into one clean stop, from now until the end."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # Before uvicorn serves: nothing to finish. Afterwards uvicorn raises the signal again, and 0 is right as well.
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    mode = os.fstat(0).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):  # a terminal or /dev/null is nobody's leash
        begun = threading.Lock()
        with begun:
            threading.Thread(target=_watch_stdin, args=(os.getppid(), begun), name="stdin", daemon=True).start()


def _watch_stdin(launcher: int, begun: threading.Lock) -> None:
    with begun:  # an exit raised inside Thread.start, when stdin has ended already, trips over its locks
        pass
    while os.read(0, 4096):
        pass
    logger.info("The launcher closed stdin: stopping")
    ended = time.monotonic()
    signal.raise_signal(signal.SIGTERM)
    while time.monotonic() - ended < (HARD_END_S if os.getppid() == launcher else ORPHAN_END_S):
        time.sleep(0.05)
    logger.error("Still running after the time to stop: ending now")
    os._exit(1)
