"""Open connections: how many a process accepts, and how long one may hold a slot without a request."""

import asyncio
import errno
import logging
import time
from collections.abc import Callable
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

logger = logging.getLogger(__name__)

REQUEST_HEAD_S = 10.0
"""How long a connection may stay open without a complete request head: idle, or sending it byte by byte."""
BODY_IDLE_S = 30.0
"""How long a request whose body is incomplete may send nothing."""
AUTHORIZED = "authorized"
"""The key in a request's state that marks a connection as the launcher's own."""

_OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Connection(H11Protocol):
    """Uvicorn's, in a `ConnectionPool`."""

    authorized = False
    """Whether one of its requests presented the launch token."""

    @property
    def pool(self) -> ConnectionPool:
        return cast(ConnectionPool, self.server_state)

    @property
    def is_idle(self) -> bool:
        """Whether no request is in flight."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.idle_since = self.received_at = self.pool.clock()
        super().connection_made(transport)
        self.pool.admit(self)

    def data_received(self, data: bytes) -> None:
        self.received_at = self.pool.clock()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self.idle_since = self.pool.clock()
        self.authorized = self.authorized or bool(self.scope.get("state", {}).get(AUTHORIZED))
        super().on_response_complete()

    def is_overdue(self, now: float) -> bool:
        """Whether it has held its slot for too long without a request, or with one that does not arrive."""
        if self.is_idle:
            return now - self.idle_since > REQUEST_HEAD_S
        stalled = self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused
        return stalled and now - self.received_at > BODY_IDLE_S

    def evict(self) -> None:
        """Close at once, which frees the descriptor."""
        self.connections.discard(self)
        self.transport.abort()


class ConnectionPool(ServerState):
    """Accepts `limit` connections. A further one replaces the idle connection that a stranger has held the longest.

    Any local program can connect. Neither a connection that presented the launch token nor one with a request in flight
    is closed for it: then the newcomer is.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.limit = limit
        self.clock = clock

    def admit(self, newcomer: Connection) -> None:
        """Make room for a connection that was just accepted, or close it."""
        if len(self.connections) > self.limit and self.shed(1, newcomer) == 0:
            logger.warning("Connection refused: %d are open and in use", self.limit)
            newcomer.evict()

    def shed(self, count: int, newcomer: Connection | None = None) -> int:
        """Close up to `count` idle connections of strangers, the oldest first; how many there were."""
        connections = cast(set[Connection], self.connections)
        idle = [it for it in connections if it.is_idle and not it.authorized and it is not newcomer]
        victims = sorted(idle, key=lambda it: it.idle_since)[:count]
        for victim in victims:
            logger.warning("Idle connection closed: too many are open")
            victim.evict()
        return len(victims)

    def sweep(self) -> None:
        """Close the connections that are overdue."""
        now = self.clock()
        for connection in list(cast(set[Connection], self.connections)):
            if connection.is_overdue(now):
                logger.info("Connection closed: no complete request in time")
                connection.evict()

    def on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle what asyncio reports: a failed accept frees descriptors, and is one line in the log."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _OUT_OF_RESOURCES and "socket" in context:
            logger.error("A connection can't be accepted: %s", error.strerror)
            self.shed(max(1, self.limit // 4))
        else:
            loop.default_exception_handler(context)
