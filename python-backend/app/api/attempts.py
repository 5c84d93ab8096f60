"""Verifying passwords and codes: throttled after several failures, and only so many at a time."""

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, status

from app.api.errors import ApiError
from app.core.email_address import canonical_email
from app.core.error_codes import ErrorCode
from app.core.security import MAX_CONCURRENT_HASHES
from app.core.throttle import throttle
from app.models import MAX_TEXT
from backend_host.serving.concurrency_limiter import ConcurrencyLimiter

T = TypeVar("T")

HASH_WAIT_S = 10.0
"""How long a request waits for its turn to hash a password, without a thread."""
MAX_WAITING = 100
"""How many requests wait for it; the others are refused at once."""


def _too_many(detail: str, wait_s: int) -> ApiError:
    headers = {"Retry-After": str(wait_s)}
    return ApiError(status.HTTP_429_TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_ATTEMPTS, detail, headers)


_hashes = ConcurrencyLimiter(
    MAX_CONCURRENT_HASHES,
    wait_s=HASH_WAIT_S,
    error=lambda: _too_many("Too many logins at once. Try again in a moment.", 1),
    max_waiting=MAX_WAITING,
)


async def hash_slot() -> AsyncGenerator[None]:
    """Wait for a turn to hash. 429 when there are too many.

    Routes that strangers can reach depend on it before they take a database session or a thread: requests that wait
    hold neither.
    """
    async with _hashes.slot():
        yield


HashSlot = Depends(hash_slot, scope="function")
"""Released before the response is sent: a client that does not read it holds no slot."""


class LoginThrottle:
    """The attempts of one request's address, which has a turn to hash."""

    def __init__(self, request: Request, _slot: Annotated[None, HashSlot]) -> None:
        self.address = request.client.host if request.client else ""

    def verify(self, account: str, check: Callable[[], T]) -> T:
        """What `check` answers, counted as a failure when it is false. 429 while `account` is throttled; known or not."""
        who = {"account": canonical_email(account)[:MAX_TEXT], "address": self.address}
        if wait_s := throttle.reserve(**who):
            raise _too_many(f"Too many failed attempts. Try again in {wait_s} s.", wait_s)
        try:
            answer = check()
        except BaseException:
            throttle.release(**who)
            raise
        if answer:
            throttle.succeeded(**who)
        return answer


AttemptsDep = Annotated[LoginThrottle, Depends(LoginThrottle)]
