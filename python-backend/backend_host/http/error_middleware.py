"""Error responses for requests that the shutdown cancels, and for unhandled exceptions."""

import asyncio
import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import error_response

logger = logging.getLogger(__name__)


class ErrorResponseMiddleware:
    """Responds 503 to a cancelled request and 500 to an unhandled exception, unless the response has started.

    Must be inside CORSMiddleware: without CORS headers a page can't distinguish an error response from a network error.
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
            # Cancellation may surface as another exception, such as the one from closing a session that a thread is still using.
            if task and task.cancelling():
                logger.warning("Cancelled by the shutdown: %s %s", scope["method"], scope["path"])
                detail = "The backend is shutting down. After the restart, check whether the request was executed."
                response = error_response(503, HostErrorCode.STOPPING, detail, {"Connection": "close"})
            elif response_started or isinstance(error, asyncio.CancelledError):
                raise
            else:
                logger.exception("Unhandled exception: %s %s", scope["method"], scope["path"])
                detail = "Internal error in the backend. See its log."
                response = error_response(500, HostErrorCode.INTERNAL, detail)
            if not response_started:
                await response(scope, receive, send)
