"""Dependencies of routes."""

from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Query, status
from fastapi.concurrency import run_in_threadpool
from fastapi.security import OAuth2PasswordBearer
from sqlmodel import Session

from app.api.errors import ApiError
from app.core import security
from app.core.config import settings
from app.core.db import engine
from app.core.error_codes import ErrorCode
from app.models import DEFAULT_USER_ID, Principal, User
from backend_host.database.postgres import POOL_TIMEOUT_S
from backend_host.database.sessions import postgres_sessions, sqlite_sessions
from backend_host.errors import ServerBusyError
from backend_host.serving.concurrency_limiter import ConcurrencyLimiter

reusable_oauth2 = OAuth2PasswordBearer(tokenUrl=f"{settings.API_V1_STR}/login/access-token", auto_error=False)

TokenDep = Annotated[str | None, Depends(reusable_oauth2)]
"""The access token of the request."""


def _open_session() -> Session:
    # Without expire_on_commit: crud refreshes values that the database computes.
    return Session(engine, expire_on_commit=False)


_limiter = ConcurrencyLimiter(settings.DATABASE_POOL_SIZE, wait_s=POOL_TIMEOUT_S, error=ServerBusyError)
get_db = postgres_sessions(_open_session, _limiter.slot) if settings.is_server else sqlite_sessions(_open_session)

SessionDep = Annotated[Session, Depends(get_db, scope="function")]
"""Closed before the response is sent, so that slow clients hold no connection and no transaction."""


def get_current_user(session: SessionDep, token: TokenDep) -> User:
    """Return the user of the access token, or the default user while authentication is off."""
    if not settings.AUTH_REQUIRED:
        user = session.get(User, DEFAULT_USER_ID)
        if user is None:
            raise RuntimeError("The default user does not exist: init_db has not run")
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
    is_surviving_session = user.surviving_session == f"{user.token_version} {payload.jti}" and payload.jti
    if payload.ver != user.token_version and not is_surviving_session:
        raise ApiError(status.HTTP_403_FORBIDDEN, ErrorCode.SESSION_EXPIRED, "Could not validate credentials")
    if not user.is_active:
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.SESSION_USER_INACTIVE, "Inactive user")
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]

DEFAULT_PRINCIPAL = Principal(DEFAULT_USER_ID, is_superuser=True)
"""The default user. While authentication is off, init_db and crud ensure that it is a superuser."""


async def get_principal(session: SessionDep, token: TokenDep) -> Principal:
    """Return the id and role of the current user. Needs no query and no thread while authentication is off."""
    if not settings.AUTH_REQUIRED:
        return DEFAULT_PRINCIPAL
    user = await run_in_threadpool(get_current_user, session, token)
    return Principal(user.id, user.is_superuser)


CurrentPrincipal = Annotated[Principal, Depends(get_principal)]


async def get_upload_principal(token: TokenDep) -> Principal:
    """Like `get_principal`, but closes its session before the body is read, so that slow uploads hold no connection."""
    if not settings.AUTH_REQUIRED:
        return DEFAULT_PRINCIPAL
    async with asynccontextmanager(get_db)() as session:
        return await get_principal(session, token)


UploadPrincipal = Annotated[Principal, Depends(get_upload_principal)]


def get_current_active_superuser(current_user: CurrentUser) -> User:
    """Return the current user. Raises 403 unless it is a superuser."""
    if not current_user.is_superuser:
        raise ApiError(
            status.HTTP_403_FORBIDDEN,
            ErrorCode.SUPERUSER_REQUIRED,
            "The user doesn't have enough privileges",
            code_in_body=False,
        )
    return current_user


CurrentSuperuser = Annotated[User, Depends(get_current_active_superuser)]

Skip = Annotated[int, Query(ge=0, le=2**31 - 1, description="Number of results to skip.")]
Limit = Annotated[int, Query(ge=1, le=1_000, description="Maximum number of results.")]
