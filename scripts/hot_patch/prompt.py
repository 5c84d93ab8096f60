"""The prompt of `breakpoint()`: `make debug`. The other end is src-tauri/crates/tauri-plugin-python-backend/src/hot/debugger.py."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.hot_patch.app import App

INPUT = "\0"
"""Terminates each prompt: the debugger waits for a line."""
POLL_S = 0.1


def attend(app: App, say: Callable[[str], None]) -> None:
    """Open prompts of threads paused at `breakpoint()` sequentially, until Ctrl-C or Ctrl-D."""
    say("waiting for a breakpoint(). Ctrl-C ends this; a stopped request resumes then")
    with suppress(KeyboardInterrupt, EOFError):
        while True:
            for note in waiting(app):
                with suppress(OSError), connect(note) as connection:
                    say(f"stopped at {note['place']}. Resume with c")
                    converse(connection)
                    say("resumed")
            time.sleep(POLL_S)


def waiting(app: App) -> Iterator[dict[str, Any]]:
    """The notes of paused threads, oldest first."""
    files = [(path.stat().st_mtime_ns, path) for path in app.hot.glob("prompt-*.json") if path.exists()]
    for _, path in sorted(files):
        with suppress(OSError, ValueError):
            yield {**json.loads(path.read_text("utf-8")), "path": path}


def connect(note: dict[str, Any]) -> socket.socket:
    """Connect to a paused thread. Raises OSError when its process has exited; its note is then deleted."""
    try:
        connection = socket.create_connection(("127.0.0.1", note["port"]), 5)
    except ConnectionRefusedError:
        Path(note["path"]).unlink(missing_ok=True)
        raise
    connection.settimeout(None)
    connection.sendall(note["token"].encode())
    return connection


def converse(connection: socket.socket) -> None:
    """Print output and send a line per prompt, until the debugger closes the connection."""
    with suppress(ImportError):
        import readline  # noqa: F401 (enables line editing and history in input())
    with connection.makefile("r", encoding="utf-8", errors="replace", newline="") as incoming:
        shown = ""
        while text := incoming.read(1):
            if text != INPUT:
                shown += text
                continue
            before, newline, prompt = shown.rpartition("\n")
            print(before, end=newline, flush=True)
            connection.sendall(f"{input(prompt)}\n".encode())
            shown = ""
        print(shown, end="", flush=True)
