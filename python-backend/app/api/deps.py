"""What routes depend on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import Annotated

from fastapi import Depends, Query, status
from fastapi.concurrency import run_in_threadpool
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.exc import IllegalStateChangeError
from sqlmodel import Session

from app.api.errors import ApiError
from app.core import security
from app.core.config import settings
from app.core.db import engine
from app.core.error_codes import ErrorCode
from app.models import DEFAULT_USER_ID, User, Viewer
from backend_host.database.postgres import POOL_TIMEOUT_S, close_session
from backend_host.errors import ServerBusyError
from backend_host.launch.shutdown import CLEANUP_TIMEOUT_S
from backend_host.serving.concurrency_limiter import ConcurrencyLimiter

reusable_oauth2 = OAuth2PasswordBearer(tokenUrl=f"{settings.API_V1_STR}/login/access-token", auto_error=False)

TokenDep = Annotated[str | None, Depends(reusable_oauth2)]
"""The login token that a request carries."""


async def get_db() -> AsyncGenerator[Session]:
    """A session a request. Without a thread: it opens its connection when it is first used.

    What was stored is not read back after a commit: crud refreshes what the database makes up itself.
    """
    session = Session(engine, expire_on_commit=False)
    try:
        yield session
    except asyncio.CancelledError:
        # The backend stops. To close a session that a thread still uses would wait for that thread, and so for its query.
        closing = Thread(target=_close, args=(session,), daemon=True)
        closing.start()
        closing.join(CLEANUP_TIMEOUT_S / 2)
        raise
    except BaseException:
        session.close()
        raise
    session.close()


def _close(session: Session) -> None:
    with suppress(IllegalStateChangeError):  # a thread is storing with it
        session.close()


# Otherwise threads that wait for a connection could block those that have one and wait for a thread.
_connections = ConcurrencyLimiter(settings.DATABASE_POOL_SIZE, wait_s=POOL_TIMEOUT_S, error=ServerBusyError)


async def get_server_db() -> AsyncGenerator[Session]:
    """The same on a server, with a place among those that may hold a connection. To let go of one asks the network."""
    async with _connections.slot():
        session = Session(engine, expire_on_commit=False)
        try:
            yield session
        finally:
            await run_in_threadpool(close_session, session)


_get_session = get_server_db if settings.is_server else get_db

SessionDep = Annotated[Session, Depends(_get_session, scope="function")]
"""Closed before the response is sent: a client that reads slowly holds no connection and no transaction."""


def get_current_user(session: SessionDep, token: TokenDep) -> User:
    """The user a request acts for: with auth off the default user, else the one its token names."""
    if not settings.AUTH_REQUIRED:
        user = session.get(User, DEFAULT_USER_ID)
        if user is None:
            raise RuntimeError("init_db makes the default user at start")
        return user
    if token is None:
        raise ApiError(
            status.HTTP_401_UNAUTHORIZED,
            ErrorCode.NOT_AUTHENTICATED,
            "Not authenticated",
            {"WWW-Authenticate": "Bearer"},
        )
    try:
        payload = security.read_access_token(token)
    except ValueError:
        raise ApiError(status.HTTP_403_FORBIDDEN, ErrorCode.SESSION_EXPIRED, "Could not validate credentials") from None
    user = session.get(User, payload.sub)
    if user is None:
        raise ApiError(status.HTTP_404_NOT_FOUND, ErrorCode.SESSION_USER_DELETED, "User not found")
    survives = user.surviving_session == f"{user.token_version} {payload.jti}" and payload.jti
    if payload.ver != user.token_version and not survives:
        raise ApiError(status.HTTP_403_FORBIDDEN, ErrorCode.SESSION_EXPIRED, "Could not validate credentials")
    if not user.is_active:
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.SESSION_USER_INACTIVE, "Inactive user")
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]

LOCAL_VIEWER = Viewer(DEFAULT_USER_ID, is_superuser=True)
"""The default user while auth is off: init_db makes it a superuser, and crud lets nobody change that."""


async def get_viewer(session: SessionDep, token: TokenDep) -> Viewer:
    """Whom a request acts for. With auth off that is known without the database, and without a thread to ask it in."""
    if not settings.AUTH_REQUIRED:
        return LOCAL_VIEWER
    user = await run_in_threadpool(get_current_user, session, token)
    return Viewer(user.id, user.is_superuser)


CurrentViewer = Annotated[Viewer, Depends(get_viewer)]


async def get_uploader(token: TokenDep) -> Viewer:
    """The same in a session of its own, before a body is received: a slow upload holds no connection and no transaction."""
    if not settings.AUTH_REQUIRED:
        return LOCAL_VIEWER
    async with asynccontextmanager(_get_session)() as session:
        return await get_viewer(session, token)


Uploader = Annotated[Viewer, Depends(get_uploader)]


def get_current_active_superuser(current_user: CurrentUser) -> User:
    """The user a request acts for, who must be a superuser."""
    if not current_user.is_superuser:
        raise ApiError(
            status.HTTP_403_FORBIDDEN,
            ErrorCode.SUPERUSER_REQUIRED,
            "The user doesn't have enough privileges",
            code_in_body=False,
        )
    return current_user


CurrentSuperuser = Annotated[User, Depends(get_current_active_superuser)]

Skip = Annotated[int, Query(ge=0, le=2**31 - 1, description="How many of the first ones to leave out.")]
Limit = Annotated[int, Query(ge=1, le=1_000, description="How many to give at most.")]
