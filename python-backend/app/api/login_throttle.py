"""Verification of passwords and recovery codes, with throttling after repeated failures and limited concurrency."""

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, status

from app.api.errors import ApiError
from app.core.error_codes import ErrorCode
from backend_host.fields import MAX_TEXT
from backend_host.security.password_hash import MAX_CONCURRENT_HASHES
from backend_host.security.throttle import Throttle
from backend_host.serving.concurrency_limiter import ConcurrencyLimiter
from backend_host.text.email_address import canonical_email

T = TypeVar("T")

HASH_WAIT_S = 10.0
"""Timeout of a request that waits for a hash slot."""
MAX_WAITING_REQUESTS = 100
"""Further requests get 429."""

throttle = Throttle()


def _too_many(detail: str, wait_s: int) -> ApiError:
    headers = {"Retry-After": str(wait_s)}
    return ApiError(status.HTTP_429_TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_ATTEMPTS, detail, headers)


_hash_limiter = ConcurrencyLimiter(
    MAX_CONCURRENT_HASHES,
    wait_s=HASH_WAIT_S,
    error=lambda: _too_many("Too many concurrent logins. Try again in a moment.", 1),
    max_waiting=MAX_WAITING_REQUESTS,
)


async def hash_slot() -> AsyncGenerator[None]:
    """Wait for a hash slot. Raises 429 when too many requests wait.

    Public routes depend on it before they get a database session and a thread, so that waiting requests hold neither.
    """
    async with _hash_limiter.slot():
        yield


HashSlot = Depends(hash_slot, scope="function")
"""Released before the response is sent, so that slow clients hold no slot."""


class LoginThrottle:
    """Throttles logins from the client address of the request, which holds a hash slot."""

    def __init__(self, request: Request, _slot: Annotated[None, HashSlot]) -> None:
        self.address = request.client.host if request.client else ""

    def verify(self, account: str, check: Callable[[], T]) -> T:
        """Return the result of `check`; a falsy result counts as a failure. Raises 429 while throttled, also for unknown accounts."""
        attempt = {"account": canonical_email(account)[:MAX_TEXT], "address": self.address}
        if wait_s := throttle.reserve(**attempt):
            raise _too_many(f"Too many failed attempts. Try again in {wait_s} s.", wait_s)
        try:
            result = check()
        except BaseException:
            throttle.release(**attempt)
            raise
        if result:
            throttle.succeeded(**attempt)
        return result


LoginThrottleDep = Annotated[LoginThrottle, Depends(LoginThrottle)]
