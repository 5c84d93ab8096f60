"""A backend with a debugger, started like the shell of a debug build starts it, and the prompt of `make debug`."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import httpx

from harness.app import ROOT
from runtime.integrity.self_check import CONTRACT_FLAGS
from scripts.hot_patch.patch import SOURCE
from scripts.hot_patch.program import program_arguments, program_code

TIMEOUT_S = 60
ROUTES = """

@router.get("/stop-sync/")
def stop_sync() -> int:
    number = 41
    breakpoint()
    return number


@router.get("/stop-async/")
async def stop_async() -> int:
    number = 41
    breakpoint()
    return number


@router.get("/stop-pdb/")
def stop_pdb() -> int:
    import pdb

    number = 41
    pdb.set_trace()
    return number


@router.get("/stop-await/")
async def stop_await() -> int:
    import pdb

    number = 41
    await pdb.set_trace_async()
    return number


@router.get("/count/")
def count() -> int:
    total = 0
    for number in range(3):
        total += number
    return total
"""
FILE = Path("app/api/routes/utils.py")


def copy_with_breakpoints(folder: Path) -> Path:
    """Copy the backend's source to `folder`, with routes that contain breakpoints."""
    SOURCE.copy(folder)
    with (folder / FILE).open("a") as file:
        file.write(ROUTES)
    return folder


def line_number(checkout: Path, text: str) -> int:
    """The number of the first line that contains `text`."""
    lines = (checkout / FILE).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


class Lines:
    """Lines that a process writes, collected by a thread."""

    def __init__(self, pipe: IO[str]) -> None:
        self.all: list[str] = []
        self._queue: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: IO[str]) -> None:
        for line in pipe:
            self.all.append(line)
            self._queue.put(line)

    def until(self, text: str) -> str:
        """The next line that contains `text`."""
        while text not in (line := self._queue.get(timeout=TIMEOUT_S)):
            pass
        return line


class Debugged:
    """A backend process with its pipes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self.events = Lines(process.stdout)
        self.log = Lines(process.stderr)

    @cached_property
    def client(self) -> httpx.Client:
        """HTTP client of the backend, once it is ready."""
        ready: dict[str, Any] = json.loads(self.events.until('"ready"'))
        address = f"http://127.0.0.1:{ready['port']}/api/v1/utils"
        return httpx.Client(base_url=address, timeout=TIMEOUT_S, trust_env=False)

    def get(self, path: str) -> "queue.Queue[httpx.Response]":
        """Send a request in a thread. The queue receives the response."""
        responses: queue.Queue[httpx.Response] = queue.Queue()
        client = self.client
        threading.Thread(target=lambda: responses.put(client.get(path)), daemon=True).start()
        return responses

    def command(self, word: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()


@contextmanager
def debugged(interpreter: Path, source: Path, origin: Path, data_dir: Path, **environment: str) -> Iterator[Debugged]:
    """Run the app in `source` with the file names of `origin`."""
    data_dir.mkdir(mode=0o700, exist_ok=True)
    command = [
        str(interpreter),
        *CONTRACT_FLAGS,
        "-c",
        program_code(with_debugger=True),
        *program_arguments(source, origin),
    ]
    with subprocess.Popen(
        command,
        env={"DATA_DIR": str(data_dir), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        backend = Debugged(process)
        try:
            yield backend
        finally:
            if "client" in vars(backend):
                backend.client.close()
            assert process.stdin
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(TIMEOUT_S)


class Prompt:
    """A process of `make debug`."""

    def __init__(self, data_dir: Path) -> None:
        command = [
            sys.executable,
            *CONTRACT_FLAGS,
            str(ROOT / "scripts" / "run.py"),
            "scripts.hot_patch",
            "--data-dir",
            str(data_dir),
            "debug",
        ]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read_until(self, text: str) -> str:
        """Read the output up to and including `text`."""
        assert self.process.stdout
        output = b""
        while not output.endswith(text.encode()):
            byte = os.read(self.process.stdout.fileno(), 1)
            assert byte, output
            output += byte
        return output.decode()

    def send_line(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def close(self) -> None:
        """Close stdin, as by Ctrl-D, and end the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()
