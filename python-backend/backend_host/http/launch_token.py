"""Who may talk to the API: pages of the right origin, and whoever holds this launch's token."""

import secrets
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.error_codes import ErrorCode
from backend_host.http.error_response import error_response
from backend_host.serving.connections import AUTHORIZED

TOKEN_HEADER = "X-Launch-Token"


class LaunchTokenMiddleware:
    """Refuses API requests of foreign web pages (403) and, when there is a launch token, those without it (401).

    CORS alone stops neither: the browser hides the answer, but the request has been carried out.
    """

    def __init__(
        self, app: ASGIApp, *, prefix: str, open_paths: Collection[str], origins: Collection[str], token: str | None
    ) -> None:
        self.app = app
        self.prefix = prefix
        self.open_paths = open_paths
        self.origins = origins
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] in {"http", "websocket"} else None
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        path: str = scope["path"]
        if not path.startswith(self.prefix) or path in self.open_paths:
            return None
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and origin not in self.origins and origin != f"{scope['scheme']}://{headers.get('host')}":
            return error_response(403, ErrorCode.ORIGIN, "This web page may not use the API.")
        if self.token and not secrets.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            detail = "The launch token is missing or wrong. Open the address that this launch printed."
            return error_response(401, ErrorCode.LAUNCH_TOKEN, detail)
        if self.token:
            scope.setdefault("state", {})[AUTHORIZED] = True
        return None
