"""Worker processes that share one socket. This process is their launcher under the launch contract."""

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from typing import IO, Any

from backend_host.application import Application
from backend_host.errors import StartError
from backend_host.launch.contract import CONTRACT, emit_event
from backend_host.launch.shutdown import ShutdownController
from backend_host.serving import server, sockets
from backend_host.settings.base import HostSettings

logger = logging.getLogger(__name__)

MIN_BACKOFF_S, MAX_BACKOFF_S = 0.25, 8.0
"""Restart delay of a worker. It doubles after each exit before MIN_UPTIME_S."""
MIN_UPTIME_S = 60.0
"""Uptime after which the restart delay is reset."""
POLL_INTERVAL_S = 0.2
"""How often the main thread handles signals that another thread received."""
KILL_GRACE_S = 5.0
"""Time beyond the graceful shutdown timeout before a worker is killed."""


class WorkerError(StartError):
    """A worker failed to start. `code` is the worker's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def serve(application: Application, settings: HostSettings, events: IO[str], shutdown: ShutdownController) -> None:
    """Run WORKERS processes on one socket until shutdown, and restart those that exit. Raises StartError."""
    server.prepare(application, settings)
    if application.database:
        application.database().engine.dispose()
    with sockets.listen(settings) as listener:
        pool = WorkerPool(settings, listener.fileno())
        shutdown.set_handler(pool.stopping.set)
        try:
            pool.start()
            address, port, *_ = listener.getsockname()
            logger.info("%d workers serve %s port %d", settings.WORKERS, address, port)
            emit_event(
                events,
                event="ready",
                address=address,
                port=port,
                pid=os.getpid(),
                version=settings.APP_VERSION,
                contract=CONTRACT,
                code_digest=application.code_digest(),
                schema_revision=application.schema_revision(),
            )
            while not pool.stopping.wait(POLL_INTERVAL_S):
                pass
        finally:
            pool.stop()


class WorkerPool:
    """The worker processes of one socket, each with a supervising thread."""

    def __init__(self, settings: HostSettings, listener: int) -> None:
        # argparse uses the last of repeated flags.
        self.command = [sys.executable, *sys.orig_argv[1:], "--listen-fd", str(listener), "--workers", "1"]
        self.listener = listener
        self.stopping = threading.Event()
        self.shutdown_timeout_s = settings.STOP_NOTICE_S + server.graceful_shutdown_timeout_s(settings) + KILL_GRACE_S
        self.worker_events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.start_lock = threading.Lock()
        """Held while a worker is started, so that `stop` terminates every started worker."""
        self.threads = [
            threading.Thread(target=self._supervise, args=(slot,), name=f"worker {slot}", daemon=True)
            for slot in range(settings.WORKERS)
        ]

    def start(self) -> None:
        """Start all workers and wait until they are ready. Raises WorkerError if one fails to start."""
        for thread in self.threads:
            thread.start()
        for _ in self.threads:
            event = self.worker_events.get()
            if event["event"] != "ready" and not self.stopping.is_set():
                raise WorkerError(
                    event.get("code", StartError.code),
                    event.get("message", "A worker exited while starting. See its log on stderr."),
                )

    def stop(self) -> None:
        """Send SIGTERM to all workers, wait for their graceful shutdown, and kill those that exceed the timeout."""
        with self.start_lock:
            self.stopping.set()
        for process in self.processes.values():
            process.terminate()
        until = time.monotonic() + self.shutdown_timeout_s
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
        for process in self.processes.values():
            process.kill()

    def _supervise(self, slot: int) -> None:
        backoff_s = MIN_BACKOFF_S
        while process := self._start_worker(slot):
            began = time.monotonic()
            assert process.stdout
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] != "progress":
                    self.worker_events.put(event)
            status = process.wait()
            self.worker_events.put({"event": "ended"})
            backoff_s = MIN_BACKOFF_S if time.monotonic() - began > MIN_UPTIME_S else min(backoff_s * 2, MAX_BACKOFF_S)
            if not self.stopping.is_set():
                logger.error("Worker %d (process %d) exited with status %d: restarting", slot, process.pid, status)
            self.stopping.wait(backoff_s)

    def _start_worker(self, slot: int) -> subprocess.Popen[bytes] | None:
        with self.start_lock:
            if self.stopping.is_set():
                return None
            # A worker shuts down at the end of its stdin, even if this process is killed.
            self.processes[slot] = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(self.listener,)
            )
            return self.processes[slot]
