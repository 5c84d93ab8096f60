"""Authorization of API requests by origin and launch token."""

import secrets
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import error_response

TOKEN_HEADER = "X-Launch-Token"
AUTHORIZED = "authorized"
"""Key in `scope["state"]` of requests that presented the launch token."""


class LaunchTokenMiddleware:
    """Rejects API requests from other origins with 403 and requests without the launch token with 401.

    `prefix` is the path prefix of the API, `exempt_paths` need no authorization. `token=None` allows requests without a
    token. CORS is not sufficient: the browser only hides the response of a request that was executed.
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
            detail = "The launch token is missing or wrong. Open the address that was printed at startup."
            return error_response(401, HostErrorCode.LAUNCH_TOKEN, detail)
        if self.token:
            scope.setdefault("state", {})[AUTHORIZED] = True
        return None
