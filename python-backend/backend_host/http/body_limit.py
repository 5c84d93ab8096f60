"""Limits for the size of request bodies."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import CODE_HEADER

MAX_BODY_BYTES = 1024 * 1024
MAX_FORM_BYTES = 16 * 1024
"""Limit of forms, which contain logins only."""
DISCARD_TIMEOUT_S = 2
"""How long the rest of a rejected body is read and discarded."""


class BodyTooLargeError(HTTPException):
    """The request body exceeds the limit of its path, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


class BodyTooLargeResponse(JSONResponse):
    """A 413 response that discards the rest of the body for DISCARD_TIMEOUT_S before closing the connection.

    Closing it immediately would reset the connection of a client that is still sending, often before it has read the
    response.
    """

    def __init__(self, limit: int) -> None:
        detail = f"The request is larger than the limit of {limit // 1024} KiB. Send less data."
        super().__init__(
            {"detail": detail, "code": HostErrorCode.BODY_TOO_LARGE},
            413,
            {"Connection": "close", CODE_HEADER: HostErrorCode.BODY_TOO_LARGE},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_TIMEOUT_S):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class BodyLimitMiddleware:
    """Rejects bodies that exceed the limit: by Content-Length before reading, otherwise while reading.

    `body_limits` maps paths to their limits in bytes, which override the defaults.
    """

    def __init__(self, app: ASGIApp, *, body_limits: Mapping[str, int]) -> None:
        self.app = app
        self.body_limits = body_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        form = headers.get("content-type", "").lower().startswith(("application/x-www-form-urlencoded", "multipart/"))
        # The limit of a path also applies to forms: curl sends files as forms by default.
        limit = self.body_limits.get(scope["path"], MAX_FORM_BYTES if form else MAX_BODY_BYTES)
        content_length = headers.get("content-length", "")
        if content_length.isdecimal() and int(content_length[:20]) > limit:
            await BodyTooLargeResponse(limit)(scope, receive, send)
            return
        received = 0
        response_started = False

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # A route that ignores the body may have started its response, which can't be replaced.
            if received > limit and not response_started:
                raise BodyTooLargeError(limit)
            return message

        async def observe_send(message: Message) -> None:
            nonlocal response_started
            response_started = True
            await send(message)

        await self.app(scope, receive_bounded, observe_send)
