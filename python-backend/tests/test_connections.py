"""Connection limits and timeouts: unauthorized connections neither block the launcher's connections nor flood the log."""

import asyncio
import contextlib
import errno
import gc
import http.client
import io
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import pytest
import uvicorn

from backend_host.http.launch_token import AUTHORIZED
from backend_host.launch.shutdown import ShutdownController
from backend_host.log import repeat_filter
from backend_host.log.repeat_filter import BURST, INFO_BURST, MAX_KINDS, WINDOW_S, RepeatFilter
from backend_host.serving import descriptors, server, sockets
from backend_host.serving.connections import (
    BODY_IDLE_TIMEOUT_S,
    REQUEST_HEAD_TIMEOUT_S,
    WRITE_IDLE_TIMEOUT_S,
    Connection,
    ConnectionPool,
)
from tests.backend_process import Backend, Launch

needs_descriptor_limit = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows does not limit descriptors of sockets"
)

LIMIT = 4
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
AUTHORIZED_GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Launch-Token: right\r\n\r\n"
INCOMPLETE = b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
AUTHORIZED_INCOMPLETE = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Launch-Token: right\r\nContent-Length: 5\r\n\r\n"
GET_LARGE = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"
GET_STREAM = b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 32 * 1024 * 1024
"""Larger than the buffers of two sockets."""


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Server:
    """A server in this process, with a clock that tests advance."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pool = ConnectionPool(LIMIT, self.clock)
        self.config = uvicorn.Config(self.app, log_config=None, lifespan="off", interface="asgi3", http=Connection)
        self.port = 0
        self.peers: list[Peer] = []

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if dict(scope["headers"]).get(b"x-launch-token"):
            scope["state"][AUTHORIZED] = True
        if scope["path"] == "/early":
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})
            return
        body = await receive()
        while body.get("more_body"):
            body = await receive()
        if body["type"] == "http.disconnect":
            return
        size = 2 if scope["path"] == "/" else LARGE
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
        if scope["path"] == "/stream":
            for _ in range(LARGE // 65_536):
                await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": b"ok".ljust(size)})

    def advance(self, seconds: float) -> None:
        """Advance the clock, with a sweep per second as the server does."""
        until = self.clock.now + seconds
        while self.clock.now < until:
            self.clock.now = min(until, self.clock.now + 1)
            self.pool.sweep()

    async def connect(self, sent: bytes = b"") -> Peer:
        """Open a connection, send `sent`, and read the response if it is a request."""
        known = set(self.pool.connections)
        peer = Peer(self, *await asyncio.open_connection("127.0.0.1", self.port))
        self.peers.append(peer)
        while not (new := set(self.pool.connections) - known) and not peer.reader.at_eof():  # noqa: ASYNC110
            await asyncio.sleep(0)
        self.clock.now += 0.001  # so that connections have different ages
        if new:
            peer.connection = cast(Connection, new.pop())
            if sent:
                await peer.send(sent)
            if sent.startswith((GET, AUTHORIZED_GET)):
                await peer.reader.readuntil(b"ok")
        self.clock.now += 0.001
        return peer


@dataclass
class Peer:
    """A client, and the server's end of its connection."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    connection: Connection | None = None

    @property
    def is_open(self) -> bool:
        return self.connection in self.server.pool.connections

    async def send(self, data: bytes) -> None:
        """Send `data` and wait until the server has received it."""
        assert self.connection
        self.writer.write(data)
        while self.connection.received_at < self.server.clock.now:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    loop = asyncio.get_running_loop()

    def protocol() -> Connection:
        return Connection(config=server.config, server_state=server.pool, app_state={})

    listener = await loop.create_server(protocol, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        for connection in list(server.pool.connections):
            connection.transport.abort()
        for peer in server.peers:
            await peer.close()
        listener.close()
        await listener.wait_closed()


def run(test: Callable[[Server], Any]) -> None:
    async def with_server() -> None:
        async with serving() as server:
            await test(server)

    asyncio.run(with_server(), loop_factory=asyncio.SelectorEventLoop)


def test_connection_over_limit_closes_longest_idle_unauthorized_connection() -> None:
    async def test(server: Server) -> None:
        authorized = await server.connect(AUTHORIZED_GET)
        unauthorized = [await server.connect(sent) for sent in (b"", GET, b"GET /half", b"", b"")]
        assert len(server.pool.connections) == LIMIT
        assert authorized.is_open
        assert [peer.is_open for peer in unauthorized] == [False, False, True, True, True]
        assert await unauthorized[0].reader.read() == b""

    run(test)


def test_connection_over_limit_is_refused_when_all_have_requests_in_flight() -> None:
    async def test(server: Server) -> None:
        busy = [await server.connect(INCOMPLETE) for _ in range(LIMIT)]
        refused = await server.connect()
        assert await refused.reader.read() == b""
        for peer in busy:
            peer.writer.write(b"12345")
            assert await peer.reader.readuntil(b"ok")

    run(test)


@pytest.mark.parametrize(
    ("sent", "allowed_s"),
    [
        (b"", REQUEST_HEAD_TIMEOUT_S),
        (b"GET / HTTP/1.1\r\nHost: localh", REQUEST_HEAD_TIMEOUT_S),
        (GET + b"GET /next HT", REQUEST_HEAD_TIMEOUT_S),
        (INCOMPLETE + b"1", BODY_IDLE_TIMEOUT_S),
    ],
    ids=["nothing", "half a head", "half a second head", "half a body"],
)
def test_incomplete_request_times_out(sent: bytes, allowed_s: float) -> None:
    async def test(server: Server) -> None:
        peer = await server.connect(sent)
        server.advance(allowed_s - 1)
        assert peer.is_open
        server.advance(2)
        assert not peer.is_open
        assert await peer.reader.read() == b""

    run(test)


@pytest.mark.parametrize("sent", [INCOMPLETE, INCOMPLETE[:-2]], ids=["a body", "a head"])
def test_data_received_during_suspension_is_read_before_timeout(sent: bytes) -> None:
    async def test(server: Server) -> None:
        peer = await server.connect(sent)
        server.clock.now += 10 * BODY_IDLE_TIMEOUT_S
        server.pool.sweep()
        peer.writer.write(INCOMPLETE[len(sent) :] + b"12345")
        assert await peer.reader.readuntil(b"ok")

    run(test)


def test_slowly_sent_head_does_not_extend_timeout() -> None:
    async def test(server: Server) -> None:
        peer = await server.connect(b"GET / HTTP/1.1\r\nX: ")
        for _ in range(int(REQUEST_HEAD_TIMEOUT_S)):
            server.clock.now += 0.1
            await peer.send(b"x")
            server.advance(1)
        assert not peer.is_open

    run(test)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(
            GET_LARGE,
            id="in one piece",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows buffers a write of any size"),
        ),
        pytest.param(GET_STREAM, id="in chunks"),
    ],
)
def test_unread_response_times_out(sent: bytes) -> None:
    async def test(server: Server) -> None:
        peer = await server.connect(sent)
        assert peer.connection
        while not peer.connection.transport.get_write_buffer_size():  # noqa: ASYNC110
            await asyncio.sleep(0)
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        server.pool.sweep()
        server.advance(WRITE_IDLE_TIMEOUT_S - 1)
        assert peer.is_open
        server.advance(2)
        assert not peer.is_open

    run(test)


def test_slow_reader_receives_complete_response() -> None:
    async def test(server: Server) -> None:
        peer = await server.connect(GET_LARGE)
        head = await peer.reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        for _ in range(32):
            await peer.reader.readexactly(LARGE // 32)
            server.advance(REQUEST_HEAD_TIMEOUT_S / 2)

    run(test)


def test_unauthorized_request_in_flight_is_closed_when_token_is_required() -> None:
    async def test(server: Server) -> None:
        server.pool.token_required = True
        authorized = await server.connect(AUTHORIZED_INCOMPLETE)
        unauthorized = [await server.connect(INCOMPLETE) for _ in range(LIMIT - 1)]
        another = await server.connect(AUTHORIZED_GET)
        assert another.is_open
        assert authorized.is_open, "a token is effective before the response is complete"
        assert [peer.is_open for peer in unauthorized] == [False, True, True]

    run(test)


def test_invalid_data_after_response_start_closes_connection_without_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(server: Server) -> None:
        peer = await server.connect(b"GET /early HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        await peer.reader.readuntil(b"ok")
        await peer.send(b"not a chunk size\r\n")
        assert await peer.reader.read() == b""

    run(test)
    assert "Traceback" not in caplog.text
    assert "Fatal error" not in caplog.text


def test_failed_accept_closes_unauthorized_connections_and_logs_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def test(server: Server) -> None:
        peer = await server.connect()
        error = OSError(errno.EMFILE, "Too many open files")
        context = {"message": "socket.accept() out of system resource", "exception": error, "socket": None}
        server.pool.on_loop_error(asyncio.get_running_loop(), context)
        assert not peer.is_open
        server.pool.on_loop_error(asyncio.get_running_loop(), {"message": "another", "exception": ValueError("why")})

    run(test)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert lines == ["Accepting a connection failed: Too many open files", "another"]


def test_repeated_log_lines_are_summarized() -> None:
    clock = Clock()
    written: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    handler = Handler()
    handler.addFilter(RepeatFilter(handler, clock))

    def log(count: int, level: int, text: str) -> None:
        for number in range(count):
            handler.handle(logging.LogRecord("app", level, __file__, 0, text, (number,), None))

    log(500, logging.ERROR, "failed %d")
    log(1, logging.ERROR, "something else %d")
    assert written == [*(f"failed {number}" for number in range(BURST)), "something else 0"]
    written.clear()
    clock.now += WINDOW_S
    log(2, logging.ERROR, "failed %d")
    assert written == [f"failed 499 … repeated {500 - BURST} times in a minute", "failed 0", "failed 1"]
    written.clear()
    log(INFO_BURST + 5, logging.INFO, "answered %d")
    assert len(written) == INFO_BURST


def test_repeat_filter_counts_and_summarizes_under_the_lock_of_its_handler() -> None:
    now = 0.0
    locked: list[bool] = []

    def is_locked() -> bool:
        """Whether a record of another thread would wait for the handler."""
        assert handler.lock
        if acquired := handler.lock.acquire(blocking=False):
            handler.lock.release()
        return not acquired

    def observe() -> float:
        with ThreadPoolExecutor(1) as other_thread:
            locked.append(other_thread.submit(is_locked).result())
        return now

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            observe()

    handler = Handler()
    handler.addFilter(RepeatFilter(handler, observe))
    for _ in range(BURST + 1):
        handler.handle(logging.LogRecord("app", logging.ERROR, __file__, 0, "failed", None, None))
    now += WINDOW_S
    locked.clear()
    handler.handle(logging.LogRecord("app", logging.ERROR, __file__, 0, "failed", None, None))
    assert locked == [True] * 3, "filter, summary, record"


def test_log_lines_that_differ_only_in_numbers_are_summarized_together() -> None:
    written: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    handler = Handler()
    repeat_filter = RepeatFilter(handler, Clock())
    handler.addFilter(repeat_filter)

    def log(text: str) -> None:
        handler.handle(logging.LogRecord("asyncio", logging.ERROR, __file__, 0, text, None, None))

    for number in range(500):  # as asyncio formats its messages
        log(
            f"Fatal error: call {number} failed\nprotocol: <Connection object at {number:#x}>\ntransport: <fd={number}>"
        )
    assert len(written) == BURST
    written.clear()
    for number in range(3 * MAX_KINDS):
        log("".join(chr(97 + int(digit)) for digit in str(number)))
    assert len(repeat_filter._windows) <= MAX_KINDS + 1
    assert len(written) < MAX_KINDS + BURST


@pytest.mark.parametrize("descriptors_left", [64, 256, 1_024, 8_192, 1_000_000])
def test_connection_limits_leave_descriptors_for_files(descriptors_left: int) -> None:
    connections, batch = descriptors.connection_limits(descriptors_left)
    assert connections + 4 * batch <= descriptors_left * 3 / 4
    assert connections >= 16


def get(connection: http.client.HTTPConnection, backend: Backend, path: str) -> int:
    """Read a response completely, and return its status."""
    connection.request("GET", f"/api/v1/{path}", headers={"X-Launch-Token": backend.token})
    with connection.getresponse() as response:
        response.read()
        return response.status


@pytest.fixture
def flood() -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for connection in opened:
        connection.close()


@pytest.mark.desktop
@pytest.mark.parametrize(
    "hard_limit",
    [
        pytest.param(128, marks=needs_descriptor_limit, id="128 descriptors"),
        pytest.param(None, id="default limit"),
    ],
)
def test_flood_of_idle_connections_does_not_block_the_launcher(
    launch: Launch, flood: list[socket.socket], hard_limit: int | None
) -> None:
    set_limit = "import os, resource, sys; n = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)); "
    set_limit += "os.execv(sys.argv[2], sys.argv[2:])"
    backend = launch(command_prefix=(sys.executable, "-I", "-c", set_limit, str(hard_limit)) if hard_limit else ())
    address = (backend.ready["address"], backend.ready["port"])
    with (
        contextlib.closing(http.client.HTTPConnection(*address, timeout=10)) as authorized,
        contextlib.closing(http.client.HTTPConnection(*address, timeout=10)) as health,
    ):
        assert get(authorized, backend, "items/") == 200
        before = authorized.sock
        for _ in range(4 if hard_limit else 13):
            flood.extend(socket.create_connection(address, timeout=10) for _ in range(50))
            assert get(authorized, backend, "items/") == 200  # before the timeout of idle connections
        assert get(health, backend, "utils/health-check/") == 200
        assert authorized.sock is before
    assert backend.stop() == 0
    log = "".join(backend.log)
    assert "Idle connection closed: connection limit exceeded" in log
    assert log.count("Idle connection closed") <= repeat_filter.BURST
    assert "Traceback" not in log
    assert "Accepting a connection failed" not in log


@pytest.mark.desktop
@needs_descriptor_limit
def test_flood_of_unauthorized_requests_does_not_block_the_launcher(launch: Launch, flood: list[socket.socket]) -> None:
    set_limit = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)); os.execv(sys.argv[1], sys.argv[1:])"
    backend = launch(command_prefix=(sys.executable, "-I", "-c", set_limit))
    address = (backend.ready["address"], backend.ready["port"])
    too_large = b"GET /api/v1/utils/health-check/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"
    for _ in range(descriptors.connection_limits(128)[0]):
        flood.append(peer := socket.create_connection(address, timeout=10))
        peer.sendall(too_large)
    for peer in flood:
        assert peer.recv(12).endswith(b"413")  # its request remains in flight for `body_limit.DISCARD_TIMEOUT_S`
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=10)) as authorized:
        assert get(authorized, backend, "items/") == 200
    assert backend.stop() == 0


def test_shutdown_directly_after_accept_closes_connection_without_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", faults.append)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("nothing is sent")

    async def test() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
        config = uvicorn.Config(app, log_config=None, lifespan="off", interface="asgi3", http=Connection)
        config.load()
        listener = sockets.bind("127.0.0.1", 0)
        stopped = server._Server(config, io.StringIO(), ShutdownController(), {}, None, 0, ConnectionPool(LIMIT))
        stopped.lifespan = config.lifespan_class(config)
        await uvicorn.Server.startup(stopped, [listener])
        with socket.create_connection(listener.getsockname(), timeout=5) as client:
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # accepted, without a transport
            await stopped.shutdown()
            assert client.recv(1) == b"", "the connection is closed, not reset"

    asyncio.run(test(), loop_factory=asyncio.SelectorEventLoop)
    gc.collect()
    assert faults == []
