"""Starts child processes: the interpreter, the probes and the app."""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .base import ProbeError, expect

TIMEOUT_S = 60
"""Timeout of a child process."""


FLAGS = ("-I", "-B", "-u", "-X", "utf8")
"""Interpreter flags of the launch contract."""


FROZEN = getattr(sys, "frozen", False)

START_METHODS = [method for method in ("spawn", "forkserver") if method in multiprocessing.get_all_start_methods()]


CHILD = """{
    "isolated": __import__("sys").flags.isolated,
    "writes_bytecode": not __import__("sys").dont_write_bytecode,
    "utf8": __import__("sys").flags.utf8_mode,
    "prefix": __import__("sys").prefix,
    "app": __import__("app").__file__,
    "fastapi": __import__("fastapi").__version__,
    "pid": __import__("os").getpid(),
}"""
"""Expression that describes the process that evaluates it. It imports no module of the parent process."""


def probes_command() -> list[str]:
    """Command that runs the probes in this interpreter or frozen program."""
    return [sys.executable, "probes"] if FROZEN else [sys.executable, *FLAGS, str(Path(__file__).parent)]


def app_command() -> list[str]:
    """Command that starts the app by the launch contract."""
    return [sys.executable] if FROZEN else [sys.executable, *FLAGS, "-m", "app"]


def python_command(*arguments: str) -> list[str]:
    """Command of `sys.executable` as a Python interpreter. Raises ProbeError if it is not one."""
    command = [sys.executable, *FLAGS]
    command_line = [*command, "-c", "print('Python')"]
    result = subprocess.run(
        command_line, env=environment(), capture_output=True, encoding="utf-8", timeout=TIMEOUT_S, check=False
    )
    expect(result.stdout == "Python\n", "`sys.executable` is the frozen program, not a Python interpreter")
    return [*command, *arguments]


def environment(**variables: str) -> dict[str, str]:
    """Environment variables that a launcher passes to the app, plus `variables`."""
    passed = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")
    return {name: os.environ[name] for name in passed if name in os.environ} | {"PYTHONNOUSERSITE": "1"} | variables


def run(command: Sequence[str], stdin: str = "", **variables: str) -> str:
    """Run a command and return its standard output. Raises ProbeError if it fails."""
    result = subprocess.run(
        command,
        input=stdin,
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )
    expect(result.returncode == 0, f"exit status {result.returncode}: {last_line(result.stderr)}")
    return result.stdout


@dataclass(frozen=True)
class RunningApp:
    """An app process and its `ready` event."""

    process: "subprocess.Popen[str]"
    ready: dict[str, Any]

    def get(self, path: str) -> Any:
        """Send a GET request and return the JSON response."""
        address = f"http://127.0.0.1:{self.ready['port']}{path}"
        without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with without_proxy.open(address, timeout=TIMEOUT_S) as response:
            return json.load(response)


@contextmanager
def running_app(command: Sequence[str], data_dir: Path) -> Iterator[RunningApp]:
    """Start the app, wait for its `ready` event, and stop it on exit. Raises ProbeError if it does not start."""
    env = environment(DATA_DIR=str(data_dir))
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
        ) as process,
    ):
        assert process.stdout
        assert process.stdin
        timer = threading.Timer(TIMEOUT_S, process.kill)
        timer.start()
        try:
            ready = next((event for event in map(json.loads, process.stdout) if event["event"] == "ready"), None)
            if ready is None:
                process.wait(TIMEOUT_S)
                errors.seek(0)
                raise ProbeError(f"the app did not start: {last_line(errors.read())}")
            yield RunningApp(process, ready)
        finally:
            process.stdin.close()
            try:
                process.wait(TIMEOUT_S)
            finally:
                timer.cancel()


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no output"])[-1]
