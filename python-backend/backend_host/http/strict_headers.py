"""Rejects requests with duplicate headers, unknown hosts or absolute request targets."""

from collections import Counter
from collections.abc import Sequence

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import error_response

SINGLETON_HEADERS = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"host",
        b"origin",
        b"transfer-encoding",
        b"x-launch-token",
    }
)
"""Headers relevant for authorization and message framing. Each may occur once.

This is stricter than RFC 9110, section 5.3, which allows repeated list fields.
"""


class StrictHeadersMiddleware:
    """Responds 400 to an ambiguous request, and to a Host header that is not in `allowed_hosts`.

    With duplicate headers, a check and the code after it might use different values. Absolute request targets are rejected, because
    their host takes precedence over the checked Host header (RFC 9112, section 3.2.2).
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Sequence[str]) -> None:
        self.app = app
        self.allowed_hosts = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        rejection = _ambiguity(scope) or await self._unknown_host(scope, receive)
        if rejection is None:
            await self.app(scope, receive, send)
            return
        # Close the connection, because the end of an ambiguous request is unknown (request smuggling).
        await error_response(400, *rejection, {"Connection": "close"})(scope, receive, send)

    async def _unknown_host(self, scope: Scope, receive: Receive) -> tuple[HostErrorCode, str] | None:
        accepted = False

        async def accept(*_: object) -> None:
            nonlocal accepted
            accepted = True

        async def discard(_: object) -> None:
            """Starlette's response is plain text without an error code."""

        await TrustedHostMiddleware(accept, self.allowed_hosts, www_redirect=False)(scope, receive, discard)
        return None if accepted else (HostErrorCode.HOST, "Invalid host header")


def _ambiguity(scope: Scope) -> tuple[HostErrorCode, str] | None:
    counts = Counter(name for name, _ in scope["headers"] if name in SINGLETON_HEADERS)
    for name, count in counts.items():
        if count > 1:
            return (
                HostErrorCode.DUPLICATE_HEADER,
                f"The header {name.decode().title()} occurs {count} times. Send it once.",
            )
    if b"content-length" in counts and b"transfer-encoding" in counts:
        return HostErrorCode.DUPLICATE_HEADER, "Send either Content-Length or Transfer-Encoding."
    if not (scope.get("raw_path") or scope["path"].encode()).startswith(b"/"):
        return HostErrorCode.INVALID_REQUEST, "The request target must be a path that begins with a slash."
    return None
