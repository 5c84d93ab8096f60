"""The uvicorn server, with the launch contract's events, handover and shutdown."""

import asyncio
import faulthandler
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any

import uvicorn

from backend_host.application import Application
from backend_host.errors import SecretKeyError
from backend_host.http.error_middleware import ErrorResponseMiddleware
from backend_host.http.middleware import host_middleware, wrap
from backend_host.launch import debugging, progress
from backend_host.launch.contract import CONTRACT, HEALTH_PATH, emit_event
from backend_host.launch.shutdown import CLEANUP_TIMEOUT_S, GRACEFUL_SHUTDOWN_TIMEOUT_S, ShutdownController
from backend_host.serving import descriptors, readiness, sockets
from backend_host.serving.connections import Connection, ConnectionPool
from backend_host.serving.deferred_build import import_fastapi
from backend_host.serving.forwarder import Forwarder
from backend_host.serving.health import HealthMiddleware
from backend_host.settings.base import HostSettings, url_host
from backend_host.settings.sources import trusts_proxy

logger = logging.getLogger(__name__)


SERVER_GRACEFUL_SHUTDOWN_TIMEOUT_S = 30
"""Graceful shutdown timeout in server mode."""
DRAIN_TIMEOUT_S = 30.0
"""Timeout of a replaced process for its requests in flight and open connections."""
TICK_S = 1.0
"""Interval between updates of the Date header."""
EVENT_LOOP = "asyncio:SelectorEventLoop"
"""The event loop on all systems. Windows' default, the proactor, binds a listening socket to its I/O completion port for
as long as any process has the socket open, so that the next backend could not accept on it (WinError 87)."""
ACCEPT_LOOP_ITERATIONS = 3
"""Iterations of the event loop from `accept()` to `connection_made()`."""
MAX_ACCEPT_TIME_S = 0.1
"""Maximum seconds from `accept()` to `connection_made()`."""


def process_role(settings: HostSettings) -> str:
    """Return a description of this process for the user, shown when the data dir is in use."""
    if settings.is_server:
        return "a server"
    if settings.STATIC_DIR:
        return "the app in the browser"
    return "the app's window" if settings.LAUNCH_TOKEN else "a manually started backend"


def graceful_shutdown_timeout_s(settings: HostSettings) -> int:
    """Return the graceful shutdown timeout in seconds. It is shorter for a window, whose user waits for it to close."""
    return SERVER_GRACEFUL_SHUTDOWN_TIMEOUT_S if settings.is_server else GRACEFUL_SHUTDOWN_TIMEOUT_S


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        events: IO[str],
        shutdown: ShutdownController,
        ready: Mapping[str, object],
        handover: socket.socket | None,
        shutdown_delay_s: int,
        pool: ConnectionPool,
    ) -> None:
        super().__init__(config)
        self.server_state = self.pool = pool
        self.events = events
        self.shutdown_controller = shutdown
        self.ready_fields = ready
        self.handover_socket = handover
        self.shutdown_delay_s = shutdown_delay_s
        self.background_tasks: set[asyncio.Task[None]] = set()
        self.exiting = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        # Uvicorn's method raises each signal again after the shutdown, and skips the lifespan shutdown at a second Ctrl-C.
        loop = asyncio.get_running_loop()
        with wake_on_signals(loop):
            self.shutdown_controller.set_handler(lambda: loop.call_soon_threadsafe(self.begin_shutdown))
            try:
                yield
            finally:
                self.shutdown_controller.set_handler(lambda: None)  # the loop is about to close

    def begin_shutdown(self) -> None:
        """Report not ready, and exit after STOP_NOTICE_S."""
        readiness.mark_stopping()
        if self.shutdown_delay_s:
            asyncio.get_running_loop().call_later(self.shutdown_delay_s, self.exit)
        else:
            self.exit()

    def exit(self) -> None:
        self.should_exit = True
        self.exiting.set()

    async def main_loop(self) -> None:
        # Replaces uvicorn's loop, which polls `should_exit` ten times a second. `on_tick` updates the Date header.
        while not await self.on_tick(0):
            self.pool.sweep()
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self.exiting.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self.pool.on_loop_error)
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(descriptors.BACKLOG)  # asyncio uses one number for the backlog and the accept batch
        self.emit("ready", self.servers[0].sockets[0], **self.ready_fields)
        if not self.handover_socket:
            debugging.on_serving()
        self.on_command("serve", self.serve_launcher_socket)
        self.on_command("drain", self.drain)

    def emit(self, event: str, listener: Any, **more: object) -> None:
        address, port, *_ = listener.getsockname()
        logger.info("Serving on http://%s:%d", url_host(address), port)
        emit_event(self.events, event=event, address=address, port=port, **more)

    def on_command(self, command: str, handler: Callable[[], Coroutine[Any, Any, None]]) -> None:
        loop = asyncio.get_running_loop()

        def begin() -> None:
            # Eager, so that the handler starts before the next request is read.
            self.background_tasks.add(loop.create_task(handler(), eager_start=True))

        self.shutdown_controller.on_command(command, lambda: loop.call_soon_threadsafe(begin))

    async def serve_launcher_socket(self) -> None:
        """Serve the launcher's socket in addition to the socket of this process, if the launcher handed one over."""
        faulthandler.cancel_dump_traceback_later()  # set by the launcher of a debug build to show where a start hangs
        listener: Any = self.servers[0].sockets[0]
        if self.handover_socket:
            loop = asyncio.get_running_loop()
            server = await loop.create_server(self.protocol, sock=self.handover_socket, backlog=self.config.backlog)
            self.handover_socket.listen(descriptors.BACKLOG)
            self.servers.append(server)
            listener = server.sockets[0]
        self.emit("serving", listener)
        debugging.on_serving()

    def protocol(self) -> asyncio.Protocol:
        """Create the protocol of a new connection, as uvicorn's `startup` does."""
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def drain(self) -> None:
        """Stop accepting connections, forward requests on open connections to the successor, and exit.

        Idle connections are left to uvicorn's keep-alive timeout: closing them could lose a request in transit.
        """
        logger.info("Handed over to another process: draining open connections")
        self.stop_accepting()
        closing = (b"connection", b"close")
        self.config.encoded_headers.append(closing)  # `on_tick` resets default_headers to these and Date
        self.server_state.default_headers = [*self.server_state.default_headers, closing]
        host, port, *_ = self.servers[-1].sockets[0].getsockname()
        successor = ErrorResponseMiddleware(Forwarder(host, port))
        self.config.loaded_app = successor  # for accepted connections that have no protocol object yet
        self.pool.reroute(successor)
        emit_event(self.events, event="draining")
        debugging.on_draining()
        until = time.monotonic() + DRAIN_TIMEOUT_S - debugging.paused_s()
        await asyncio.sleep(MAX_ACCEPT_TIME_S)
        while self.server_state.connections or self.server_state.tasks:
            if time.monotonic() - debugging.paused_s() > until:
                break
            await asyncio.sleep(0.05)
        self.exit()

    def stop_accepting(self) -> None:
        """Leave new connections in the backlog. Connections accepted before still get their protocol."""
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener.fileno())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Replaces uvicorn's shutdown, which sleeps for 0.1 s and does not wait for the requests that it cancels: their
        # sessions would fail on the closed database.
        self.stop_accepting()
        for _ in range(ACCEPT_LOOP_ITERATIONS):
            await asyncio.sleep(0)  # asyncio logs a traceback for a transport that attaches to a closed server
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
        except TimeoutError:
            logger.error(
                "Cancelling %d running requests: graceful shutdown timeout exceeded", len(self.server_state.tasks)
            )
            for task in self.server_state.tasks:
                task.cancel()
            if self.server_state.tasks:
                await asyncio.wait(self.server_state.tasks, timeout=CLEANUP_TIMEOUT_S)
        await self.lifespan.shutdown()


@contextmanager
def wake_on_signals(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """Wake up `loop` on every signal, also on signals that another thread receives."""
    reader, writer = socket.socketpair()
    with reader, writer:
        for end in (reader, writer):
            end.setblocking(False)
        loop.add_reader(reader, lambda: reader.recv(4096))
        previous_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(previous_fd)
            loop.remove_reader(reader)


def prepare(application: Application, settings: HostSettings) -> None:
    """Run the app's start-up checks and migrations, and create SECRET_KEY if needed. Raises StartError."""
    progress.report("opening")
    if settings.is_server and not settings.CONFIGURED_SECRET_KEY:
        raise SecretKeyError(
            "SECRET_KEY is not set. Set it to the same value on all hosts, at least 32 characters: `openssl rand -hex 32`."
        )
    application.prepare()
    _ = settings.SECRET_KEY  # created on the first run, so that a failure is reported now, not at the first login


def serve(application: Application, settings: HostSettings, events: IO[str], shutdown: ShutdownController) -> None:
    """Serve until shutdown. Raises StartError if the start fails."""
    prepare(application, settings)
    handover = None
    if settings.CANDIDATE:
        try:
            handover = sockets.inherit(settings)
            sock = sockets.bind("127.0.0.1", 0)
        except OSError as error:
            raise sockets.to_address_error(settings, error) from error
    else:
        sock = sockets.listen(settings)
    import_fastapi()
    app = application.load()
    if not application.includes_middleware:
        app = HealthMiddleware(app, api_path=settings.API_PATH, code_digest=application.code_digest)
        app = wrap(app, host_middleware(settings, exempt_paths={settings.API_PATH + HEALTH_PATH}))

    connections, backlog = descriptors.connection_limits(descriptors.raise_soft_limit())
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=settings.LOG_LEVEL,
        timeout_graceful_shutdown=graceful_shutdown_timeout_s(settings),
        lifespan="on" if application.includes_middleware else "auto",
        loop=EVENT_LOOP,
        ws="none",
        server_header=False,
        proxy_headers=trusts_proxy(settings),
        http=Connection,
        backlog=backlog,
    )
    pool = ConnectionPool(connections, token_required=bool(settings.LAUNCH_TOKEN))
    gc.freeze()  # garbage collections and the exit skip the imported objects
    gc.enable()
    ready = {
        "pid": os.getpid(),
        "version": settings.APP_VERSION,
        "contract": CONTRACT,
        "code_digest": application.code_digest(),
        "schema_revision": application.schema_revision(),
    }
    _Server(config, events, shutdown, ready, handover, settings.STOP_NOTICE_S, pool).run(sockets=[sock])
