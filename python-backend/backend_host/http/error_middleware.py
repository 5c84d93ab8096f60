"""Responses for requests that fail: cancelled by the shutdown, or by an unhandled exception."""

import asyncio
import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import error_response

logger = logging.getLogger(__name__)


class ErrorResponseMiddleware:
    """Answers 503 for a cancelled request, and 500 for an unhandled exception. A response that has response_started is cut off.

    Inside CORSMiddleware: without CORS headers a page cannot tell a server error from a backend that does not run.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response_started = False

        async def observe_send(message: Message) -> None:
            nonlocal response_started
            response_started = True
            await send(message)

        try:
            await self.app(scope, receive, observe_send)
        except (asyncio.CancelledError, Exception) as error:
            if scope["type"] != "http":
                raise
            task = asyncio.current_task()
            # An exception as well: a session can't be closed while a thread that goes on is using it.
            if task and task.cancelling():
                logger.warning("%s %s was not done in time and is cut short", scope["method"], scope["path"])
                detail = "The backend is stopping. Look whether this was done, once it runs again."
                answer = error_response(503, HostErrorCode.STOPPING, detail, {"Connection": "close"})
            elif response_started or isinstance(error, asyncio.CancelledError):
                raise
            else:
                logger.exception("%s %s failed", scope["method"], scope["path"])
                detail = "Something went wrong in the backend. Its log says what."
                answer = error_response(500, HostErrorCode.INTERNAL, detail)
            if not response_started:
                await answer(scope, receive, send)
