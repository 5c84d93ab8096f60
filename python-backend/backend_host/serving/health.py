"""The paths that a launcher asks, for apps without routes of their own there."""

import os
from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from backend_host.launch.contract import HEALTH_PATH, READY_PATH
from backend_host.serving import readiness


class HealthMiddleware:
    """Answers the launch contract's two paths below `api_path`, without the app."""

    def __init__(self, app: ASGIApp, *, api_path: str, code_digest: Callable[[], str]) -> None:
        self.app = app
        self.health_path = api_path + HEALTH_PATH
        self.ready_path = api_path + READY_PATH
        self.code_digest = code_digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["path"] if scope["type"] == "http" and scope["method"] == "GET" else None
        if asked == self.health_path:
            await JSONResponse(True)(scope, receive, send)
        elif asked == self.ready_path:
            answer = {"pid": os.getpid(), "code_digest": self.code_digest(), "schema_revision": ""}
            await JSONResponse(answer, 503 if readiness.is_stopping() else 200)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
