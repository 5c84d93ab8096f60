"""Open connections: how many a process accepts, and how long one may hold a slot without progress."""

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
"""How long a connection may stay open without a complete request head: idle, or sending it byte by byte."""
BODY_IDLE_TIMEOUT_S = 30.0
"""How long a request whose body is incomplete may send nothing."""
WRITE_IDLE_TIMEOUT_S = 60.0
"""How long a client may read nothing of a response. As nginx's send_timeout: slow clients drain the kernel's buffer in bursts."""
PAUSE_THRESHOLD_S = 5.0
"""A sweep that comes so late follows a pause of the process (suspended, or its event loop blocked)."""

_OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Connection(H11Protocol):
    """Uvicorn's, in a `ConnectionPool`."""

    _authorized = False
    _unsent = 0
    """Bytes that waited for the client at the last sweep."""

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
        """Whether no request is in flight, and every response has been sent."""
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
        _ = self.authorized  # the next request has a scope of its own
        super().on_response_complete()

    def resume_writing(self) -> None:
        self.sent_at = self.pool.clock()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.evict()  # an earlier response has begun: h11 raises LocalProtocolError for a second one

    def is_overdue(self, now: float) -> bool:
        """Whether it holds its slot without a request, or with one that does not arrive, or whose response is not read."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent:
            self.sent_at = now
        self._unsent = unsent
        if unsent:
            self.idle_since = now
            return now - self.sent_at > WRITE_IDLE_TIMEOUT_S
        if self.is_idle:
            return now - self.idle_since > REQUEST_HEAD_TIMEOUT_S
        stalled = self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused
        return stalled and now - self.received_at > BODY_IDLE_TIMEOUT_S

    def extend_deadlines(self, seconds: float) -> None:
        """Do not count the last `seconds`."""
        self.idle_since += seconds
        self.received_at += seconds
        self.sent_at += seconds

    def evict(self) -> None:
        """Close at once, which frees the descriptor."""
        self.connections.discard(self)
        self.transport.abort()


class ConnectionPool(ServerState):
    """Accepts `limit` connections. A further one replaces the idle connection that a stranger has held the longest.

    Any local program can connect. A connection that presented the launch token is never closed for it. One with a request in
    flight is closed only if `token_required`, when no stranger is a user, and no idle connection is left. Otherwise the
    newcomer is closed.
    """

    def __init__(
        self, limit: int, clock: Callable[[], float] = time.monotonic, *, token_required: bool = False
    ) -> None:
        super().__init__()
        self.limit = limit
        self.clock = clock
        self.token_required = token_required
        self.swept_at = clock()

    def admit(self, newcomer: Connection) -> None:
        """Make room for a connection that was just accepted, or close it."""
        if len(self.connections) > self.limit and self.shed(1, newcomer) == 0:
            logger.warning("Connection refused: %d are open and in use", self.limit)
            newcomer.evict()

    def shed(self, count: int, newcomer: Connection | None = None) -> int:
        """Close up to `count` connections of strangers, idle ones first, then the oldest; how many there were."""
        connections = cast(set[Connection], self.connections)
        strangers = [it for it in connections if not it.authorized and it is not newcomer]
        victims = [it for it in strangers if it.is_idle or self.token_required]
        victims = sorted(victims, key=lambda it: (not it.is_idle, it.idle_since))[:count]
        for victim in victims:
            logger.warning("%s connection closed: too many are open", "Idle" if victim.is_idle else "Unauthorized")
            victim.evict()
        return len(victims)

    def reroute(self, app: Any) -> None:
        """Have `app` answer the requests that arrive from now on. Those in flight are finished by the app they have."""
        for connection in cast(set[Connection], self.connections):
            connection.app = app

    def sweep(self) -> None:
        """Close the connections that are overdue. After a pause, what has arrived meanwhile is read first."""
        now = self.clock()
        since, self.swept_at = now - self.swept_at, now
        for connection in list(cast(set[Connection], self.connections)):
            if since > PAUSE_THRESHOLD_S:
                connection.extend_deadlines(since)
            elif connection.is_overdue(now):
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
