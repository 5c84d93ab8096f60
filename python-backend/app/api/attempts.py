"""Proving who one is, slowed after several failures in a row."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, status

from app.api.errors import ApiError
from app.core.email_address import canonical_email
from app.core.error_codes import ErrorCode
from app.core.throttle import throttle
from app.models import MAX_TEXT

T = TypeVar("T")


class Attempts:
    """The attempts of one request's address."""

    def __init__(self, request: Request) -> None:
        self.address = request.client.host if request.client else ""

    def prove(self, account: str, check: Callable[[], T]) -> T:
        """What `check` answers, counted as a failure when it is false. 429 while `account` is held up; known or not."""
        who = {"account": canonical_email(account)[:MAX_TEXT], "address": self.address}
        if wait_s := throttle.wait_s(**who):
            detail = f"Too many failed attempts. Try again in {wait_s} s."
            raise ApiError(
                status.HTTP_429_TOO_MANY_REQUESTS,
                ErrorCode.TOO_MANY_ATTEMPTS,
                detail,
                {"Retry-After": str(wait_s)},
            )
        answer = check()
        (throttle.succeeded if answer else throttle.failed)(**who)
        return answer


AttemptsDep = Annotated[Attempts, Depends(Attempts)]
