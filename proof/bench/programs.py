"""Starts and stops the backend, as a staged tree or as one of the two frozen programs."""

import http.client
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof.frozen_app import FrozenPrograms
from runtime.integrity.self_check import CONTRACT_FLAGS
from runtime.project import staged_interpreter
from scripts.project import ROOT

PYTHON = staged_interpreter(ROOT)
BUNDLED = (str(PYTHON), *CONTRACT_FLAGS)
STAGED = (*BUNDLED, "-m", "app")
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
HEALTH = "/api/v1/utils/health-check/"
TREE = PYTHON.parents[2]


def frozen_commands() -> dict[str, tuple[str, ...]]:
    """Commands of the programs of `make frozen`, by name; empty if it was not run."""
    programs = FrozenPrograms.in_folder(ROOT / "build" / "frozen")
    named = {"onefile": programs.onefile, "onedir": programs.onedir}
    return {name: (str(path),) for name, path in named.items() if path.is_file()}


@dataclass
class RunningBackend:
    """A backend process after its first successful health check."""

    process: "subprocess.Popen[bytes]"
    port: int
    pid: int
    startup_ms: float
    """Milliseconds from spawn to the first successful health check."""

    def stop(self) -> float:
        """Close stdin, as the launcher does, and wait. Returns the duration in ms. Raises RuntimeError for a nonzero exit status."""
        assert self.process.stdin
        assert self.process.stdout
        began = time.perf_counter()
        self.process.stdin.close()
        status = self.process.wait(60)
        took = time.perf_counter() - began
        self.process.stdout.close()
        if status:
            raise RuntimeError(f"{self.process.args!r} exited with status {status}")
        return took * 1000


def start(command: Sequence[str], data_dir: Path) -> RunningBackend:
    """Start a backend and wait for its first successful health check. Raises RuntimeError if it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**ENVIRONMENT, "DATA_DIR": str(data_dir), "LOG_LEVEL": "warning"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    event: dict[str, Any] = {}
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] != "progress":
            break
    if event.get("event") != "ready":
        process.kill()
        process.wait()
        raise RuntimeError(f"{command[0]} did not start: {event}")
    port = int(event["port"])
    if get(port, HEALTH) != b"true":
        raise RuntimeError(f"{command[0]} is not healthy")
    return RunningBackend(process, port, int(event["pid"]), (time.perf_counter() - began) * 1000)


def get(port: int, path: str) -> bytes:
    """Send one request over a new connection. Raises RuntimeError for a status other than 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise RuntimeError(f"{path} returned status {response.status}: {body!r}")
    return body


@contextmanager
def running(command: Sequence[str], data_dir: Path) -> Iterator[RunningBackend]:
    """Start a backend and stop it on exit."""
    started = start(command, data_dir)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.stop()


@contextmanager
def data_dir() -> Iterator[Path]:
    """A temporary data dir."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder) / "data"
