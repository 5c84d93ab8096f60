"""A database session per request."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from threading import Thread

from anyio.to_thread import run_sync
from sqlalchemy.exc import IllegalStateChangeError
from sqlalchemy.orm import Session

from backend_host.database.postgres import close_session
from backend_host.launch.shutdown import CLEANUP_TIMEOUT_S


def sqlite_sessions[S: Session](open_session: Callable[[], S]) -> Callable[[], AsyncGenerator[S]]:
    """A FastAPI dependency that yields a session of a SQLite database, without a thread for opening and closing it."""

    async def get_session() -> AsyncGenerator[S]:
        session = open_session()
        try:
            yield session
        except asyncio.CancelledError:
            # Shutdown: closing a session that a thread still uses would wait for its query.
            closing = Thread(target=_close, args=(session,), daemon=True)
            closing.start()
            closing.join(CLEANUP_TIMEOUT_S / 2)
            raise
        except BaseException:
            session.close()
            raise
        session.close()

    return get_session


def _close(session: Session) -> None:
    with suppress(IllegalStateChangeError):  # a thread is using it
        session.close()


def postgres_sessions[S: Session](
    open_session: Callable[[], S], slot: Callable[[], AbstractAsyncContextManager[None]]
) -> Callable[[], AsyncGenerator[S]]:
    """A FastAPI dependency that yields a session of a PostgreSQL database while it holds a `slot` of the connection pool.

    Without slots, requests that wait for a connection could occupy all threads, while requests that hold a connection wait
    for a thread (deadlock).
    """

    async def get_session() -> AsyncGenerator[S]:
        async with slot():
            session = open_session()
            try:
                yield session
            finally:
                await run_sync(close_session, session)

    return get_session
