"""Several workers on one socket: the launch contract once more, with this process as the launcher."""

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from typing import IO, Any

from app.core.db import engine
from app.core.settings import Settings
from backend_host.database.migrate import head_revision
from backend_host.errors import StartError
from backend_host.launch.contract import CONTRACT, Stop, announce
from backend_host.launch.digest import code_digest
from backend_host.serving import server

logger = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 8.0
"""How long the place of a worker that was lost stays empty: twice as long after each that did not live long."""
MIN_UPTIME_S = 60.0
"""A worker that served for so long was well."""
LOOK_EVERY_S = 0.2
GRACE_S = 5.0
"""What a worker may take beyond the time for its requests before it is ended the hard way."""


class WorkerError(StartError):
    """The first start of a worker failed; `code` is its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def serve(settings: Settings, events: IO[str], stop: Stop) -> None:
    """Have WORKERS processes serve one socket, each replaced when it is lost, until asked to stop. Raises StartError."""
    server.prepare(settings)  # once, before any worker looks: they find everything done
    engine.dispose()
    with server.listen(settings) as listener:
        crew = WorkerPool(settings, listener.fileno())
        stop.means(crew.stopping.set)
        try:
            crew.start()
            address, port, *_ = listener.getsockname()
            logger.info("%d workers serve %s port %d", settings.WORKERS, address, port)
            announce(
                events,
                event="ready",
                address=address,
                port=port,
                pid=os.getpid(),
                version=settings.APP_VERSION,
                contract=CONTRACT,
                code_digest=code_digest(),
                schema_revision=head_revision(),
            )
            while not crew.stopping.wait(LOOK_EVERY_S):
                pass  # a signal that another thread raised wakes nobody
        finally:
            crew.stop()


class WorkerPool:
    """The workers of one socket, and a thread for each that waits for its end."""

    def __init__(self, settings: Settings, listener: int) -> None:
        # The flags at the end win over those before them.
        self.command = [sys.executable, *sys.orig_argv[1:], "--listen-fd", str(listener), "--workers", "1"]
        self.listener = listener
        self.stopping = threading.Event()
        self.patience_s = settings.STOP_NOTICE_S + server.finish_s(settings) + GRACE_S
        self.outcomes: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.starting = threading.Lock()
        self.threads = [
            threading.Thread(target=self._supervise, args=(place,), name=f"worker {place}", daemon=True)
            for place in range(settings.WORKERS)
        ]

    def start(self) -> None:
        """Start all, and wait until each serves. Raises WorkerError when one can't."""
        for thread in self.threads:
            thread.start()
        for _ in self.threads:
            outcome = self.outcomes.get()
            if outcome["event"] != "ready" and not self.stopping.is_set():
                raise WorkerError(
                    outcome.get("code", StartError.code), outcome.get("message", "A worker ended at once.")
                )

    def stop(self) -> None:
        """End all: requests in flight are finished first, as each worker does it."""
        with self.starting:  # from here on none is started
            self.stopping.set()
        for process in self.processes.values():
            process.terminate()
        until = time.monotonic() + self.patience_s
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
        for process in self.processes.values():
            process.kill()

    def _supervise(self, place: int) -> None:
        wait_s = FIRST_WAIT_S
        while process := self._begin(place):
            began = time.monotonic()
            assert process.stdout
            for line in process.stdout:
                outcome = json.loads(line)
                if outcome["event"] != "progress":
                    self.outcomes.put(outcome)
            status = process.wait()
            self.outcomes.put({"event": "ended"})
            wait_s = FIRST_WAIT_S if time.monotonic() - began > MIN_UPTIME_S else min(wait_s * 2, LONGEST_WAIT_S)
            if not self.stopping.is_set():
                logger.error("Worker %d (process %d) ended with %d: starting another", place, process.pid, status)
            self.stopping.wait(wait_s)

    def _begin(self, place: int) -> subprocess.Popen[bytes] | None:
        with self.starting:
            if self.stopping.is_set():
                return None
            # Its stdin is its leash: should this process be killed, it ends as well.
            self.processes[place] = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(self.listener,)
            )
            return self.processes[place]
