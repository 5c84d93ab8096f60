"""How much a request may carry. The only place that says so."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.error_codes import ErrorCode
from backend_host.http.error_response import CODE_HEADER

MAX_BODY_BYTES = 1024 * 1024
MAX_FORM_BYTES = 16 * 1024
"""Forms carry logins only."""
MAX_IMPORT_BYTES = 64 * 1024 * 1024
"""100,000 items of ordinary length are a quarter of it."""
PASS_OVER_S = 2
"""How long a client may go on sending a body that is refused."""


class BodyTooLargeError(HTTPException):
    """The body is larger than its address takes."""

    def __init__(self, most: int) -> None:
        super().__init__(413)
        self.most = most


class BodyTooLargeResponse(JSONResponse):
    """The refusal of a body. What still comes of it is passed over for a moment before the connection is closed.

    Otherwise a client that is sending would find the connection reset, and often no answer.
    """

    def __init__(self, most: int) -> None:
        detail = f"The request is larger than {most // 1024} KiB, the most that is taken here."
        super().__init__(
            {"detail": detail, "code": ErrorCode.BODY_TOO_LARGE},
            413,
            {"Connection": "close", CODE_HEADER: ErrorCode.BODY_TOO_LARGE},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(PASS_OVER_S):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class BodyLimitMiddleware:
    """Refuses a body by its announced length, before reading any of it, or as soon as it grows past the limit."""

    def __init__(self, app: ASGIApp, *, larger: Mapping[str, int]) -> None:
        self.app = app
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        form = headers.get("content-type", "").lower().startswith(("application/x-www-form-urlencoded", "multipart/"))
        # An import is read as it comes, whatever type a client such as curl gives it by default.
        most = self.larger.get(scope["path"], MAX_FORM_BYTES if form else MAX_BODY_BYTES)
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > most:
            await BodyTooLargeResponse(most)(scope, receive, send)
            return
        taken = 0
        answering = False

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # Of a route that doesn't want the body, whose answer is on its way, there is nothing to refuse any more.
            if taken > most and not answering:
                raise BodyTooLargeError(most)
            return message

        async def send_and_note(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        await self.app(scope, receive_bounded, send_and_note)
