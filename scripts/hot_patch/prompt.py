"""The prompt of `breakpoint()`: `make debug`. Client of src-tauri/crates/tauri-plugin-python-backend/src/hot/debugger.py."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.hot_patch.app import App

INPUT = "\0"
"""Follows each prompt: the debugger waits for a line."""
POLL_S = 0.1


def serve_prompts(app: App, log: Callable[[str], None]) -> None:
    """Open prompts of threads paused at `breakpoint()` sequentially, until Ctrl-C or Ctrl-D."""
    log("waiting for a breakpoint(). Ctrl-C exits, and a stopped request resumes")
    with suppress(KeyboardInterrupt, EOFError):
        while True:
            for endpoint in prompt_endpoints(app):
                with suppress(OSError), connect(endpoint) as connection:
                    log(f"stopped at {endpoint['location']}. Resume with c")
                    run_prompt(connection)
                    log("resumed")
            time.sleep(POLL_S)


def prompt_endpoints(app: App) -> Iterator[dict[str, Any]]:
    """Endpoint files of paused threads, oldest first."""
    files = [(path.stat().st_mtime_ns, path) for path in app.hot_dir.glob("prompt-*.json") if path.exists()]
    for _, path in sorted(files):
        with suppress(OSError, ValueError):
            yield {**json.loads(path.read_text("utf-8")), "path": path}


def connect(endpoint: dict[str, Any]) -> socket.socket:
    """Connect to a paused thread. Raises OSError when its process has exited, and deletes its endpoint file."""
    try:
        connection = socket.create_connection(("127.0.0.1", endpoint["port"]), 5)
    except ConnectionRefusedError:
        Path(endpoint["path"]).unlink(missing_ok=True)
        raise
    connection.settimeout(None)
    connection.sendall(endpoint["token"].encode())
    return connection


def run_prompt(connection: socket.socket) -> None:
    """Print output and send a line per prompt, until the debugger closes the connection."""
    with suppress(ImportError):
        import readline  # noqa: F401 (enables line editing and history in input())
    with connection.makefile("r", encoding="utf-8", errors="replace", newline="") as incoming:
        received = ""
        while text := incoming.read(1):
            if text != INPUT:
                received += text
                continue
            before, newline, prompt = received.rpartition("\n")
            print(before, end=newline, flush=True)
            connection.sendall(f"{input(prompt)}\n".encode())
            received = ""
        print(received, end="", flush=True)
