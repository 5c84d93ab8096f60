"""Health and readiness checks of the launch contract, for apps without routes for them."""

import os
from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from backend_host.launch.contract import HEALTH_PATH, READY_PATH
from backend_host.serving import readiness


class HealthMiddleware:
    """Responds to HEALTH_PATH and READY_PATH below `api_path` without calling the app."""

    def __init__(self, app: ASGIApp, *, api_path: str, code_digest: Callable[[], str]) -> None:
        self.app = app
        self.health_path = api_path + HEALTH_PATH
        self.ready_path = api_path + READY_PATH
        self.code_digest = code_digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" and scope["method"] == "GET" else None
        if path == self.health_path:
            await JSONResponse(True)(scope, receive, send)
        elif path == self.ready_path:
            body = {"pid": os.getpid(), "code_digest": self.code_digest(), "schema_revision": ""}
            await JSONResponse(body, 503 if readiness.is_stopping() else 200)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
