"""The port on which an editor attaches its debugger: `make dev DEBUG=1`. It leads to the backend that serves."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from scripts.hot_patch.app import App

PORT = 5678
"""debugpy's own default, which editors propose."""
LOOK_EVERY_S = 0.1
BACKEND_WITHIN_S = 120
"""How long an editor waits for a backend, which may still be built."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Edit = Callable[[dict[str, Any]], dict[str, Any]]


def listen(app: App, port: int = PORT) -> int:
    """Forward each connection to the debugger of the backend that serves, until this process ends; the port.

    Raises OSError when the port is taken.
    """
    listener = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=asyncio.run, args=(_serve(app, listener),), name="editor port", daemon=True).start()
    return int(listener.getsockname()[1])


async def _serve(app: App, listener: socket.socket) -> None:
    server = await asyncio.start_server(partial(_forward, app), sock=listener)
    await server.serve_forever()


async def _forward(app: App, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(BACKEND_WITHIN_S):
            while not (backend := await _connect(app)):  # noqa: ASYNC110 (another process writes the file)
                await asyncio.sleep(LOOK_EVERY_S)
        session = _Session()
        await asyncio.gather(
            _copy(reader, backend[1], session.from_editor), _copy(backend[0], writer, session.from_backend)
        )
    writer.close()


class _Session:
    """The messages of one editor. debugpy itself asks an editor to attach again only if that listens for it."""

    def __init__(self) -> None:
        self.left = False

    def from_editor(self, message: dict[str, Any]) -> dict[str, Any]:
        self.left |= message.get("command") in {"disconnect", "terminate"}
        return message

    def from_backend(self, message: dict[str, Any]) -> dict[str, Any]:
        if message.get("event") == "terminated" and not self.left:
            return message | {"body": {"restart": True}}
        return message


async def _connect(app: App) -> Streams | None:
    """The debugger of the process that began to serve last, which may not listen yet."""
    found = sorted(app.hot.glob("editor-*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for note in found:
        try:
            return await asyncio.open_connection("127.0.0.1", json.loads(note.read_text("utf-8"))["port"])
        except ConnectionRefusedError:
            note.unlink(missing_ok=True)  # of a process that was killed
        except (OSError, ValueError):
            continue
    return None


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, edit: Edit) -> None:
    """Messages of the Debug Adapter Protocol: a header with the length, an empty line, JSON."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            header = await source.readuntil(b"\r\n\r\n")
            message = json.loads(await source.readexactly(int(header.partition(b":")[2])))
            body = json.dumps(edit(message)).encode()
            target.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            await target.drain()
    target.close()
