"""How much a request may carry. The only place that says so."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1024 * 1024
MAX_IMPORT_BYTES = 64 * 1024 * 1024
"""100,000 items of ordinary length are a quarter of it."""


class BodyTooLargeError(HTTPException):
    """The body is larger than its address takes."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"The request is larger than {most // 1024} KiB, the most that is taken here.")


class BodyLimit:
    """Refuses a body by its announced length, before reading any of it, or as soon as it grows past the limit."""

    def __init__(self, app: ASGIApp, *, larger: Mapping[str, int]) -> None:
        self.app = app
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.larger.get(scope["path"], MAX_BODY_BYTES)
        announced = Headers(scope=scope).get("content-length", "")
        refused = announced.isdecimal() and int(announced[:20]) > most
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            if refused:
                raise BodyTooLargeError(most)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise BodyTooLargeError(most)
            return message

        await self.app(scope, receive_bounded, send)
