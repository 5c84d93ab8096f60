"""Limits of open HTTP connections: their number, and timeouts for connections without progress."""

import asyncio
import errno
import logging
import time
from collections.abc import Callable
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from backend_host.http.launch_token import AUTHORIZED

logger = logging.getLogger(__name__)

REQUEST_HEAD_TIMEOUT_S = 10.0
"""Timeout for a complete request head, from the opening of the connection.

After a response, uvicorn closes an idle connection earlier (`timeout_keep_alive`, 5 s).
"""
BODY_IDLE_TIMEOUT_S = 30.0
"""Timeout between two reads of a request body."""
WRITE_IDLE_TIMEOUT_S = 60.0
"""Timeout between two writes of a response, as nginx's send_timeout."""
PAUSE_THRESHOLD_S = 5.0
"""Interval between two sweeps above which the process counts as paused: suspended, or its event loop blocked."""

_OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Connection(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol for a connection of a `ConnectionPool`."""

    _authorized = False
    _unsent_bytes = 0
    """Size of the write buffer at the last sweep."""

    @property
    def authorized(self) -> bool:
        """Whether one of its requests presented the launch token."""
        self._authorized = self._authorized or bool(self.scope and self.scope.get("state", {}).get(AUTHORIZED))
        return self._authorized

    @property
    def pool(self) -> ConnectionPool:
        return cast(ConnectionPool, self.server_state)

    @property
    def is_idle(self) -> bool:
        """Whether no request is in flight and the write buffer is empty."""
        return (self.cycle is None or self.cycle.response_complete) and not self.transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.idle_since = self.received_at = self.sent_at = self.pool.clock()
        super().connection_made(transport)
        self.pool.admit(self)

    def data_received(self, data: bytes) -> None:
        self.received_at = self.pool.clock()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self.idle_since = self.pool.clock()
        _ = self.authorized  # stores the value: the next request has a new scope
        super().on_response_complete()

    def resume_writing(self) -> None:
        self.sent_at = self.pool.clock()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.evict()  # a response has started: h11 raises LocalProtocolError for a second one

    def has_timed_out(self, now: float) -> bool:
        """Whether one of the three timeouts is exceeded at `now`. Called once per sweep."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent_bytes:
            self.sent_at = now
        self._unsent_bytes = unsent
        if unsent:
            self.idle_since = now
            return now - self.sent_at > WRITE_IDLE_TIMEOUT_S
        if self.is_idle:
            return now - self.idle_since > REQUEST_HEAD_TIMEOUT_S
        stalled = self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused
        return stalled and now - self.received_at > BODY_IDLE_TIMEOUT_S

    def extend_deadlines(self, seconds: float) -> None:
        """Move all deadlines `seconds` into the future."""
        self.idle_since += seconds
        self.received_at += seconds
        self.sent_at += seconds

    def evict(self) -> None:
        """Abort the connection, which releases its descriptor immediately."""
        self.connections.discard(self)
        self.transport.abort()


class ConnectionPool(ServerState):
    """Limits the open connections to `limit`. A further connection replaces an unauthorized one, or is refused.

    Any local program can connect, so connections that presented the launch token are never closed for a new one. Of the
    unauthorized connections, the longest idle is closed first. Unauthorized connections with a request in flight are
    closed only if `token_required`, because their request will be rejected.
    """

    def __init__(
        self, limit: int, clock: Callable[[], float] = time.monotonic, *, token_required: bool = False
    ) -> None:
        super().__init__()
        self.limit = limit
        self.clock = clock
        self.token_required = token_required
        self.swept_at = clock()

    def admit(self, new_connection: Connection) -> None:
        """If `new_connection` exceeds the limit, close another connection, or `new_connection` itself if no other can be closed."""
        if len(self.connections) > self.limit and self.close_unauthorized(1, new_connection) == 0:
            logger.warning("Connection refused: all %d connections are in use", self.limit)
            new_connection.evict()

    def close_unauthorized(self, count: int, new_connection: Connection | None = None) -> int:
        """Close up to `count` unauthorized connections, the longest idle first, and return how many were closed."""
        connections = cast(set[Connection], self.connections)
        unauthorized = [it for it in connections if not it.authorized and it is not new_connection]
        closable = [it for it in unauthorized if it.is_idle or self.token_required]
        closable = sorted(closable, key=lambda it: (not it.is_idle, it.idle_since))[:count]
        for connection in closable:
            state = "Idle" if connection.is_idle else "Unauthorized"
            cause = "connection limit exceeded" if new_connection else "accepting another connection failed"
            logger.warning("%s connection closed: %s", state, cause)
            connection.evict()
        return len(closable)

    def reroute(self, app: Any) -> None:
        """Route new requests on open connections to `app`. Requests in flight are unaffected."""
        for connection in cast(set[Connection], self.connections):
            connection.app = app

    def sweep(self) -> None:
        """Close the connections that are overdue. After a pause of the process, extend their deadlines instead."""
        now = self.clock()
        elapsed, self.swept_at = now - self.swept_at, now
        for connection in list(cast(set[Connection], self.connections)):
            if elapsed > PAUSE_THRESHOLD_S:
                connection.extend_deadlines(elapsed)
            elif connection.has_timed_out(now):
                logger.info("Connection closed: timeout exceeded")
                connection.evict()

    def on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Exception handler of the event loop. If `accept` runs out of descriptors or memory, close connections."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _OUT_OF_RESOURCES and "socket" in context:
            logger.error("Accepting a connection failed: %s", error.strerror)
            self.close_unauthorized(max(1, self.limit // 4))
        else:
            loop.default_exception_handler(context)
