"""Forwards requests from a replaced process to its successor, which accepts connections at the same address.

Clients keep connections to the replaced process open. Closing an idle connection could lose a request that the client is
sending; answering the request would run old code. Responses carry `Connection: close`, so each connection forwards one
request.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import h11
from starlette.types import Receive, Scope, Send

from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import error_response

logger = logging.getLogger(__name__)

Event = h11.Request | h11.InformationalResponse | h11.Response | h11.Data | h11.EndOfMessage | h11.ConnectionClosed

CHUNK_BYTES = 64 * 1024
_PER_CONNECTION = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"upgrade", b"expect"})
"""Hop-by-hop headers (RFC 9110, section 7.6.1), and `Expect`, which uvicorn handles."""
_ADDED_BY_UVICORN = _PER_CONNECTION | {b"date"}


class Forwarder:
    """An ASGI app that sends each request to `host`:`port` on a new connection and returns the response."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def start(event: h11.Response) -> None:
            nonlocal started
            started = True
            headers = _without(_ADDED_BY_UVICORN, event.headers)
            await send({"type": "http.response.start", "status": event.status_code, "headers": headers})

        try:
            async with aclosing(self._exchange(scope, receive)) as events:
                async for event in events:
                    match event:
                        case h11.Response():
                            await start(event)
                        case h11.Data():
                            await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
                        case h11.EndOfMessage():
                            await send({"type": "http.response.body"})
        except (OSError, h11.ProtocolError) as error:
            if started:
                raise
            logger.warning("Forwarding %s %s failed: %s", scope["method"], scope["path"], error)
            detail = "The backend was replaced while it handled this request. Check whether the request was executed, then try again."
            await error_response(503, HostErrorCode.STOPPING, detail)(scope, receive, send)

    async def _exchange(self, scope: Scope, receive: Receive) -> AsyncGenerator[Event]:
        """Send the request and yield the response's events. The successor may respond before the body is complete."""
        upstream = h11.Connection(h11.CLIENT)
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(upstream.send(_head(scope)) or b"")
        body = asyncio.create_task(_send_body(upstream, writer, receive))
        try:
            while True:
                event = upstream.next_event()
                if event is h11.NEED_DATA:
                    upstream.receive_data(await reader.read(CHUNK_BYTES))
                    continue
                if not isinstance(event, Event) or isinstance(event, h11.ConnectionClosed):
                    return
                yield event
                if isinstance(event, h11.EndOfMessage):
                    return
        except h11.RemoteProtocolError:
            if not _client_disconnected(body):
                raise
        finally:
            body.cancel()
            writer.transport.abort()
            await asyncio.gather(body, return_exceptions=True)


async def _send_body(upstream: h11.Connection, writer: asyncio.StreamWriter, receive: Receive) -> None:
    """Send the body as it arrives. Disconnect from the successor when the client disconnects."""
    while (message := await receive())["type"] == "http.request":
        writer.write(upstream.send(h11.Data(data=message["body"])) or b"")
        if not message["more_body"]:
            writer.write(upstream.send(h11.EndOfMessage()) or b"")
        await writer.drain()
    writer.transport.abort()


def _client_disconnected(body: asyncio.Task[None]) -> bool:
    """Whether `_send_body` returned without an error, which means that the client disconnected."""
    return body.done() and not body.cancelled() and body.exception() is None


def _head(scope: Scope) -> h11.Request:
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    headers = [*_without(_PER_CONNECTION, scope["headers"]), (b"connection", b"close")]
    return h11.Request(method=scope["method"], target=target, headers=headers)


def _without(names: frozenset[bytes], headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in names]
