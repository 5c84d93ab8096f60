"""The forwarder when the client or the successor disconnects."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Scope

from backend_host.serving.forwarder import Forwarder

SCOPE: Scope = {
    "type": "http",
    "method": "GET",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "headers": [(b"host", b"127.0.0.1")],
}
Successor = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def forward(successor: Successor, receive: Callable[[], Awaitable[Message]]) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async with await asyncio.start_server(successor, "127.0.0.1", 0) as server:
        await Forwarder(*server.sockets[0].getsockname())(SCOPE, receive, send)
    return sent


async def request_then_wait() -> Message:
    if asyncio.current_task() in _requested:
        await asyncio.Event().wait()
    _requested.add(asyncio.current_task())
    return {"type": "http.request", "body": b"", "more_body": False}


_requested: set[asyncio.Task[object] | None] = set()


def test_forwarder_returns_503_when_successor_closes_without_response() -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    start, body = asyncio.run(forward(close, request_then_wait))
    assert start["status"] == 503
    assert b"The backend was replaced" in body["body"]


def test_client_disconnect_closes_connection_to_successor() -> None:
    received: list[bytes] = []
    arrived = asyncio.Event()

    async def wait_for_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        try:
            received.append(await reader.read())
        except ConnectionError:
            received.append(b"")
        writer.close()

    async def disconnect() -> Message:
        await arrived.wait()
        return {"type": "http.disconnect"}

    async def run() -> None:
        assert await asyncio.wait_for(forward(wait_for_end, disconnect), 20) == []
        while not received:  # noqa: ASYNC110  # the server's task may see it later
            await asyncio.sleep(0)

    asyncio.run(run())
    assert received == [b""]
