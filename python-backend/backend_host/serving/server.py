"""Serve the app and say so."""

import asyncio
import errno
import faulthandler
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from typing import IO, Any

import uvicorn
from sqlmodel import Session

from app.core.config import trusts_proxy
from app.core.db import engine, has_active_superuser, init_db
from app.core.settings import Settings, in_url
from backend_host.database.migrate import head_revision
from backend_host.errors import AddressError, NoOwnerError, PortTakenError
from backend_host.launch import debugging, progress
from backend_host.launch.contract import CLEAN_UP_S, CONTRACT, FINISH_REQUESTS_S, Stop, announce
from backend_host.launch.digest import code_digest
from backend_host.serving import descriptors, readiness
from backend_host.serving.connections import Connection, ConnectionPool
from backend_host.serving.deferred_build import import_fastapi
from backend_host.settings import server_mode

logger = logging.getLogger(__name__)


SERVER_FINISH_S = 30
"""How long requests in flight may take at the end of a server, of which another takes the next ones."""
DRAIN_S = 30.0
"""How long one that another process has taken over from answers on the connections it has, if their clients keep them."""
TICK_S = 1.0
"""How often the Date of answers is made anew."""
EVENT_LOOP = "asyncio:SelectorEventLoop"
"""The event loop of every system. Windows' default, the proactor, associates a listening socket with its own I/O completion
port for as long as any process has the socket open: the next backend could not accept on it (WinError 87)."""
ACCEPT_PASSES = 3
"""Passes of the event loop from `accept()` to a protocol that knows its connection."""
ACCEPTED_S = 0.1
"""How long a connection that was accepted takes, at most, until it is known as one."""


def kind(settings: Settings) -> str:
    """What this process is to the person at the machine."""
    if settings.is_server:
        return "a server"
    if settings.STATIC_DIR:
        return "the app in the browser"
    return "the app's window" if settings.LAUNCH_TOKEN else "a backend started by hand"


def finish_s(settings: Settings) -> int:
    """How long requests in flight may take once a stop was asked for: at a window somebody waits for it to close."""
    return SERVER_FINISH_S if settings.is_server else FINISH_REQUESTS_S


def listen(settings: Settings) -> socket.socket:
    """The socket to serve: the launcher's own, or a new one on HOST and PORT. Raises AddressError."""
    try:
        if inherited := inherit(settings):
            return inherited
        return bind(settings.HOST, settings.PORT)
    except (OSError, UnicodeError) as error:
        raise _explain(settings, error) from error


def inherit(settings: Settings) -> socket.socket | None:
    """The launcher's own socket, if it handed one over. Raises OSError for a descriptor that is none."""
    if settings.LISTEN_FD is None:
        return None
    inherited = socket.socket(fileno=settings.LISTEN_FD)
    inherited.set_inheritable(False)
    _send_at_once(inherited)
    return inherited


def bind(host: str, port: int) -> socket.socket:
    """A new listening socket. Raises OSError."""
    made = socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=descriptors.BACKLOG
    )
    _send_at_once(made)
    return made


def _send_at_once(listening: socket.socket) -> None:
    """Turn off Nagle's algorithm for the connections that `listening` accepts, which inherit the option.

    asyncio does so only on Linux, where a socket tells that it is TCP. Otherwise a response's body waits until the client
    acknowledges its head: 40 ms, on Windows 200 ms.
    """
    if listening.family in (socket.AF_INET, socket.AF_INET6):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _explain(settings: Settings, error: OSError | UnicodeError) -> AddressError:
    reason, number = getattr(error, "strerror", None) or error, getattr(error, "errno", None)
    if settings.LISTEN_FD is not None:
        return AddressError(
            f"Can't listen on descriptor {settings.LISTEN_FD}: {reason}. It must be a listening socket that the "
            "launcher hands over. Leave LISTEN_FD out to listen on HOST and PORT."
        )
    if number == errno.EADDRINUSE:
        return PortTakenError(f"Port {settings.PORT} is in use by another program. Free it, or use another port.")
    where = f"{in_url(settings.HOST)}:{settings.PORT}"
    if number == errno.EACCES:
        return AddressError(f"Can't listen on {where}: {reason}. Choose a port above 1023, or 0 for any.")
    return AddressError(f"Can't listen on {where}: {reason}. Choose a HOST of this machine, such as 127.0.0.1.")


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        events: IO[str],
        stop: Stop,
        version: str,
        taking_over: socket.socket | None,
        notice_s: int,
        pool: ConnectionPool,
    ) -> None:
        super().__init__(config)
        self.server_state = self.pool = pool
        self.events = events
        self.stop = stop
        self.version = version
        self.taking_over = taking_over
        self.notice_s = notice_s
        self.errands: set[asyncio.Task[None]] = set()
        self.ending = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        # Uvicorn's own raises every signal once more in the end, and skips the app's end at a second Ctrl-C.
        loop = asyncio.get_running_loop()
        with woken_by_signals(loop):
            self.stop.means(lambda: loop.call_soon_threadsafe(self.ask_to_end))
            try:
                yield
            finally:
                self.stop.means(lambda: None)  # the end has begun, and soon there is no loop to tell

    def ask_to_end(self) -> None:
        """End, after the notice that a server gives to whoever sends it requests."""
        readiness.stop()
        if self.notice_s:
            asyncio.get_running_loop().call_later(self.notice_s, self.end)
        else:
            self.end()

    def end(self) -> None:
        self.should_exit = True
        self.ending.set()

    async def main_loop(self) -> None:
        # As uvicorn's, which looks ten times a second whether to end. The rest of its tick is the Date of answers.
        while not await self.on_tick(0):
            self.pool.sweep()
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self.ending.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self.pool.on_loop_error)
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(descriptors.BACKLOG)  # asyncio takes one number for it and for what it accepts in one go
        self.tell(
            "ready",
            self.servers[0].sockets[0],
            pid=os.getpid(),
            version=self.version,
            contract=CONTRACT,
            code_digest=code_digest(),
            schema_revision=head_revision(),
        )
        if not self.taking_over:
            debugging.on_serving()
        self.heed("serve", self.take_over)
        self.heed("drain", self.drain)

    def tell(self, event: str, listener: Any, **more: object) -> None:
        address, port, *_ = listener.getsockname()
        logger.info("Serving on http://%s:%d", in_url(address), port)
        announce(self.events, event=event, address=address, port=port, **more)

    def heed(self, word: str, errand: Callable[[], Coroutine[Any, Any, None]]) -> None:
        loop = asyncio.get_running_loop()

        def begin() -> None:
            self.errands.add(loop.create_task(errand()))

        self.stop.heed(word, lambda: loop.call_soon_threadsafe(begin))

    async def take_over(self) -> None:
        """Serve the launcher's socket as well. A launcher that can't hand one over goes on with the one there is."""
        faulthandler.cancel_dump_traceback_later()  # which a launcher may have asked for, to learn where a start hangs
        listener: Any = self.servers[0].sockets[0]
        if self.taking_over:
            loop = asyncio.get_running_loop()
            server = await loop.create_server(self.protocol, sock=self.taking_over, backlog=self.config.backlog)
            self.taking_over.listen(descriptors.BACKLOG)
            self.servers.append(server)
            listener = server.sockets[0]
        self.tell("serving", listener)
        debugging.on_serving()

    def protocol(self) -> asyncio.Protocol:
        """As uvicorn makes one for the sockets that it is started with."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def drain(self) -> None:
        """Accept nothing more, answer what comes on open connections with `Connection: close`, then end.

        Idle connections end as they always do, by uvicorn's keep-alive timeout: a client that sends on one just then
        has the same to fear as on any other day.
        """
        logger.info("Another process has taken over: ending once the open connections are closed")
        self.stop_accepting()
        debugging.on_draining()
        closing = (b"connection", b"close")
        self.config.encoded_headers.append(closing)  # every second uvicorn makes the others anew from these
        self.server_state.default_headers = [*self.server_state.default_headers, closing]
        until = time.monotonic() + DRAIN_S - debugging.paused_s()
        await asyncio.sleep(ACCEPTED_S)
        while self.server_state.connections or self.server_state.tasks:
            if time.monotonic() - debugging.paused_s() > until:
                break
            await asyncio.sleep(0.05)
        self.end()

    def stop_accepting(self) -> None:
        """Leave new connections in the backlog. Those accepted a moment ago are still on their way to a protocol."""
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener.fileno())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # As uvicorn's, which waits in steps of 0.1 s at least once, and not for the requests it cancels: their sessions
        # would find the database closed.
        self.stop_accepting()
        for _ in range(ACCEPT_PASSES):
            await asyncio.sleep(0)  # a transport that attaches to a closed asyncio.Server logs a traceback
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
        except TimeoutError:
            logger.error("%d requests were not done in time", len(self.server_state.tasks))
            for task in self.server_state.tasks:
                task.cancel()
            if self.server_state.tasks:
                await asyncio.wait(self.server_state.tasks, timeout=CLEAN_UP_S)
        await self.lifespan.shutdown()


@contextmanager
def woken_by_signals(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """A signal wakes the loop, whichever thread it reaches."""
    woken, waker = socket.socketpair()
    with woken, waker:
        for end in (woken, waker):
            end.setblocking(False)
        loop.add_reader(woken, lambda: woken.recv(4096))
        before = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(woken)


def prepare(settings: Settings) -> None:
    """Bring the database up to date, and see that it can be served. Raises StartError."""
    progress.made("opening")
    server_mode.check(settings)
    with Session(engine) as session:
        init_db(session)  # again in the app's lifespan, which can only fail without a reason
        if settings.AUTH_REQUIRED and not has_active_superuser(session):
            raise NoOwnerError(
                f"No active superuser has a password: nobody could log in. Set FIRST_SUPERUSER (now "
                f"{settings.FIRST_SUPERUSER}) and FIRST_SUPERUSER_PASSWORD for the first start."
                if settings.is_server
                else "Authentication is on, but no active superuser has a password: nobody could log in. Run "
                f"`python -m app users reset-password {settings.FIRST_SUPERUSER}` with the same data dir, start once "
                "with FIRST_SUPERUSER_PASSWORD, or turn AUTH_REQUIRED off."
            )
    _ = settings.SECRET_KEY  # made on the first run; one that can't be kept is said now, not at the first login


def serve(settings: Settings, events: IO[str], stop: Stop) -> None:
    """Serve until asked to stop. Raises StartError when it can't begin."""
    prepare(settings)
    taking_over = None
    if settings.ON_TRIAL:
        try:
            taking_over = inherit(settings)
            sock = bind("127.0.0.1", 0)
        except OSError as error:
            raise _explain(settings, error) from error
    else:
        sock = listen(settings)
    import_fastapi()
    from app.main import app

    connections, backlog = descriptors.connection_limits(descriptors.raise_limit())
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=settings.LOG_LEVEL,
        timeout_graceful_shutdown=finish_s(settings),
        lifespan="on",
        loop=EVENT_LOOP,
        ws="none",
        server_header=False,
        proxy_headers=trusts_proxy(settings),
        http=Connection,
        backlog=backlog,
    )
    pool = ConnectionPool(connections, token_required=bool(settings.LAUNCH_TOKEN))
    gc.freeze()  # what was imported stays: neither a collection nor Python's end looks through it again
    gc.enable()
    _Server(config, events, stop, settings.APP_VERSION, taking_over, settings.STOP_NOTICE_S, pool).run(sockets=[sock])
