"""A backend that a debugger may stop, as the shell of a debug build runs it, and the prompt that `make debug` opens."""

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
from scripts.hot_patch.program import program, program_arguments

WITHIN_S = 60
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


def checkout_with_stops(folder: Path) -> Path:
    """`folder`, made a copy of the backend's source whose routes stop."""
    SOURCE.copy(folder)
    with (folder / FILE).open("a") as file:
        file.write(ROUTES)
    return folder


def line_of(checkout: Path, text: str) -> int:
    """The number of the first line that contains `text`."""
    lines = (checkout / FILE).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


class Lines:
    """What a process writes, line by line, as it comes."""

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
        while text not in (line := self._queue.get(timeout=WITHIN_S)):
            pass
        return line


class Debugged:
    """One backend and its launcher's end of the pipes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self.events = Lines(process.stdout)
        self.log = Lines(process.stderr)

    @cached_property
    def client(self) -> httpx.Client:
        """Of a backend that serves."""
        ready: dict[str, Any] = json.loads(self.events.until('"ready"'))
        address = f"http://127.0.0.1:{ready['port']}/api/v1/utils"
        return httpx.Client(base_url=address, timeout=WITHIN_S, trust_env=False)

    def get(self, path: str) -> "queue.Queue[httpx.Response]":
        """The answer, once it comes."""
        answers: queue.Queue[httpx.Response] = queue.Queue()
        client = self.client
        threading.Thread(target=lambda: answers.put(client.get(path)), daemon=True).start()
        return answers

    def command(self, word: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()


@contextmanager
def debugged(interpreter: Path, source: Path, origin: Path, data_dir: Path, **environment: str) -> Iterator[Debugged]:
    """The app in `source`, whose code names the files of `origin`."""
    data_dir.mkdir(mode=0o700, exist_ok=True)
    command = [str(interpreter), *CONTRACT_FLAGS, "-c", program(with_debugger=True), *program_arguments(source, origin)]
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
            process.wait(WITHIN_S)


class Prompt:
    """`make debug` in a terminal of its own."""

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

    def shows(self, text: str) -> str:
        """What it shows up to and with `text`."""
        assert self.process.stdout
        shown = b""
        while not shown.endswith(text.encode()):
            byte = os.read(self.process.stdout.fileno(), 1)
            assert byte, shown
            shown += byte
        return shown.decode()

    def types(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def leave(self) -> None:
        """End of input, as by Ctrl-D."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()
