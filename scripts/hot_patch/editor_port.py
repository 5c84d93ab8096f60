"""Proxy between an editor and the debugger of the serving backend: `make dev DEBUG=1`."""

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
"""debugpy's default port."""
POLL_S = 0.1
BACKEND_TIMEOUT_S = 120
"""Time to wait for a backend in seconds: the app may still be building."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Transform = Callable[[dict[str, Any]], dict[str, Any]]


def listen(app: App, port: int = PORT) -> int:
    """Forward each connection to the debugger of the serving backend until this process exits. Returns the port.

    Raises OSError when the port is in use.
    """
    listener = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=asyncio.run, args=(_serve(app, listener),), name="editor port", daemon=True).start()
    return int(listener.getsockname()[1])


async def _serve(app: App, listener: socket.socket) -> None:
    server = await asyncio.start_server(partial(_forward, app), sock=listener)
    await server.serve_forever()


async def _forward(app: App, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(BACKEND_TIMEOUT_S):
            while not (backend := await _connect(app)):  # noqa: ASYNC110 (another process writes the file)
                await asyncio.sleep(POLL_S)
        session = _Session()
        await asyncio.gather(
            _copy(reader, backend[1], session.from_editor), _copy(backend[0], writer, session.from_backend)
        )
    writer.close()


class _Session:
    """Adds a restart request to the `terminated` event, unless the editor ended the session, so that it reattaches.

    debugpy adds the request only for some editors.
    """

    def __init__(self) -> None:
        self.disconnect_requested = False

    def from_editor(self, message: dict[str, Any]) -> dict[str, Any]:
        self.disconnect_requested |= message.get("command") in {"disconnect", "terminate"}
        return message

    def from_backend(self, message: dict[str, Any]) -> dict[str, Any]:
        if message.get("event") == "terminated" and not self.disconnect_requested:
            return message | {"body": {"restart": True}}
        return message


async def _connect(app: App) -> Streams | None:
    """Connect to the debugger of the newest serving process; None if it does not listen yet."""
    endpoint_files = sorted(app.hot_dir.glob("editor-*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in endpoint_files:
        try:
            return await asyncio.open_connection("127.0.0.1", json.loads(path.read_text("utf-8"))["port"])
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)  # its process was killed
        except (OSError, ValueError):
            continue
    return None


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, transform: Transform) -> None:
    """Copy messages of the Debug Adapter Protocol: a header with the length, an empty line, JSON."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            header = await source.readuntil(b"\r\n\r\n")
            message = json.loads(await source.readexactly(int(header.partition(b":")[2])))
            body = json.dumps(transform(message)).encode()
            target.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            await target.drain()
    target.close()
