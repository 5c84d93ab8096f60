"""Runs `python -m app` as a process and implements the launcher's side of the launch contract."""

import base64
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import coverage
import httpx
import pytest

SOURCE = Path(__file__).resolve().parents[1]
SERVER_PACKAGES = SOURCE.parent / "build" / "server-site-packages"
PACKAGES: list[str] = tomllib.loads((SOURCE.parent / "pyproject.toml").read_text("utf-8"))["tool"]["python-backend"][
    "packages"
]
ON_POSTGRES = "TEST_DATABASE_URL" in os.environ
"""Whether the tests use PostgreSQL instead of SQLite."""
RUN_SOURCE = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('app', run_name='__main__', alter_sys=True)"
)
"""Code that runs the source of a checkout on the bundled interpreter, as docs/launch-contract.md defines it."""

if ON_POSTGRES:
    RUN_SOURCE = f"import site; site.addsitedir({str(SERVER_PACKAGES)!r}); {RUN_SOURCE}"
if coverage.Coverage.current():
    # Child processes measure their coverage, too.
    RUN_SOURCE = (
        f"import os, sys; sys.path.append({str(Path(coverage.__file__).parents[1])!r}); import coverage; "
        f"os.environ['COVERAGE_PROCESS_START'] = {str(SOURCE.parent / 'pyproject.toml')!r}; "
        f"coverage.process_startup(); del os.environ['COVERAGE_PROCESS_START']; {RUN_SOURCE}"
    )


def read_startup_event(stdout: IO[str] | IO[bytes], steps: list[str] | None = None) -> dict[str, Any]:
    """Return the next event other than `progress`, or {} at the end. Appends the steps of `progress` to `steps`."""
    for line in stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] != "progress":
            return event
        if steps is not None:
            steps.append(event["step"])
    return {}


def copy_source(folder: Path) -> Path:
    """Copy the backend's packages to `folder`, and return the copied package `app`."""
    for name in PACKAGES:
        shutil.copytree(SOURCE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "app"


ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
"""Variables that every process needs: without SYSTEMROOT, sockets fail on Windows."""

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
needs_modes = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no POSIX file modes")


def is_private(path: Path) -> bool:
    """Whether only the owner can access `path`. Always true on Windows, which has no modes."""
    return sys.platform == "win32" or not path.stat().st_mode & 0o077


def overwrite_table(database: Path, table: str) -> bytes:
    """Damage the root page of a table, and return the new content of the file."""
    with closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(database.read_bytes())
    content[(page - 1) * size : page * size] = b"\xaa" * size
    database.write_bytes(content)
    return bytes(content)


@dataclass
class LauncherHandles:
    """A listening socket and an open app.lock for a backend, which inherits them on Unix and gets duplicates on Windows."""

    listener: socket.socket
    lock: int | None = None

    @property
    def variables(self) -> dict[str, str]:
        if sys.platform == "win32":
            return {"HANDOVER_ON_STDIN": "true"}
        descriptors = {"LISTEN_FD": self.listener.fileno(), "LOCK_FD": self.lock}
        return {name: str(fd) for name, fd in descriptors.items() if fd is not None}

    @property
    def inherited(self) -> tuple[int, ...]:
        """File descriptors that the process inherits."""
        if sys.platform == "win32":
            return ()
        return tuple(fd for fd in (self.listener.fileno(), self.lock) if fd is not None)

    def send_to(self, process: subprocess.Popen[str]) -> None:
        """Send duplicated handles in a handover record, on Windows only."""
        if sys.platform == "win32":
            listener = base64.b64encode(self.listener.share(process.pid)).decode()
            lock = None if self.lock is None else _duplicate(self.lock, process)
            record = {"socket": listener, "lock": lock}
            assert process.stdin
            process.stdin.write(f"handover {json.dumps(record)}\n")
            process.stdin.flush()


if sys.platform == "win32":
    import _winapi
    import msvcrt

    def _duplicate(fd: int, process: subprocess.Popen[str]) -> int:
        """Duplicate the handle of `fd` into `process`, and return its value there."""
        return _winapi.DuplicateHandle(
            _winapi.GetCurrentProcess(),
            msvcrt.get_osfhandle(fd),
            int(process._handle),  # type: ignore[attr-defined]  # not public
            0,
            False,
            _winapi.DUPLICATE_SAME_ACCESS,
        )


@dataclass
class Backend:
    """A `python -m app` process and the launcher's side of the launch contract."""

    process: subprocess.Popen[str]
    token: str
    events: list[dict[str, Any]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    """Steps of the `progress` events."""
    log: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    @property
    def ready(self) -> dict[str, Any]:
        assert self.events, "".join(self.log)
        assert self.events[0]["event"] == "ready", self.events
        return self.events[0]

    @property
    def url(self) -> str:
        address = self.ready["address"]
        return f"http://{f'[{address}]' if ':' in address else address}:{self.ready['port']}"

    def client(self) -> httpx.Client:
        headers = {"X-Launch-Token": self.token}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60, trust_env=False)

    def read_event(self) -> None:
        """Wait for the next event that is not `progress`. Raises ValueError if stdout has a line that is not JSON."""
        assert self.process.stdout
        if event := read_startup_event(self.process.stdout, self.steps):
            self.events.append(event)

    def stop(self) -> int:
        """Close stdin, wait for the process, and return its exit status."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        status = self.process.wait(20)
        for thread in self.threads:
            thread.join(5)
        return status


Launch = Callable[..., Backend]
