"""What a client is told whose request was not done by the time the backend had to stop."""

import asyncio
import logging

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


class CutShort:
    """Answers 503 in place of a request that the server cancels. An answer that had begun just ends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_and_tell(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_tell)
        except (asyncio.CancelledError, Exception):
            # An exception as well: a session can't be closed while a thread that goes on is using it.
            task = asyncio.current_task()
            if scope["type"] != "http" or not task or not task.cancelling():
                raise
            logger.warning("%s %s was not done in time and is cut short", scope["method"], scope["path"])
            if not begun:
                detail = "The backend is stopping. Look whether this was done, once it runs again."
                answer = JSONResponse({"detail": detail, "code": "stopping"}, 503, {"Connection": "close"})
                await answer(scope, receive, send)
