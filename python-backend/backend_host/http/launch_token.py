"""Who may send requests: web pages of the allowed origins, and clients with this launch's token."""

import secrets
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import error_response

TOKEN_HEADER = "X-Launch-Token"
AUTHORIZED = "authorized"
"""The key in a request's state that marks its connection as the launcher's own."""


class LaunchTokenMiddleware:
    """Rejects API requests of other origins (403) and, if there is a launch token, requests without it (401).

    CORS prevents neither: the browser hides the response, but the request has been executed.
    """

    def __init__(
        self, app: ASGIApp, *, prefix: str, exempt_paths: Collection[str], origins: Collection[str], token: str | None
    ) -> None:
        self.app = app
        self.prefix = prefix
        self.exempt_paths = exempt_paths
        self.origins = origins
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rejection = self._rejection(scope) if scope["type"] in {"http", "websocket"} else None
        await (rejection or self.app)(scope, receive, send)

    def _rejection(self, scope: Scope) -> ASGIApp | None:
        path: str = scope["path"]
        if not path.startswith(self.prefix) or path in self.exempt_paths:
            return None
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and origin not in self.origins and origin != f"{scope['scheme']}://{headers.get('host')}":
            return error_response(403, HostErrorCode.ORIGIN, "This web page may not use the API.")
        if self.token and not secrets.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            detail = "The launch token is missing or wrong. Open the address that this launch printed."
            return error_response(401, HostErrorCode.LAUNCH_TOKEN, detail)
        if self.token:
            scope.setdefault("state", {})[AUTHORIZED] = True
        return None
