"""Reverse proxy for `/docs` of the running app: serves the page and forwards its requests with the launch token.

The token is not sent to the browser. A one-time link sets a session cookie, which authenticates further requests.
"""

import http.client
import secrets
import sys
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scripts.hot_patch.errors import HotPatchError

TOKEN_HEADER = "X-Launch-Token"
TIMEOUT_S = 60
MAX_BODY_BYTES = 64 * 1024 * 1024
_NOT_FORWARDED = {"connection", "cookie", "host", "keep-alive", "origin", "transfer-encoding", TOKEN_HEADER.lower()}

Address = Callable[[], tuple[str, str]]
"""The backend's base URL and launch token. Raises HotPatchError."""


class DocsServer(ThreadingHTTPServer):
    """HTTP server on a free loopback port."""

    daemon_threads = True

    def __init__(self, address: Address, openapi_path: Callable[[], str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = address
        self.openapi_path = openapi_path
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.cookie = f"docs-{self.server_port}"  # browsers share cookies between ports
        self.session = secrets.token_urlsafe(32)
        self._code = ""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that the browser closed early."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def new_link(self) -> str:
        """A one-time link for one browser. Invalidates the previous link."""
        self._code = secrets.token_urlsafe(32)
        return f"{self.origin}/open?code={self._code}"

    def redeem(self, code: str) -> bool:
        """Consume `code`. Returns whether it was the current one-time code."""
        is_valid = bool(self._code) and secrets.compare_digest(code.encode(), self._code.encode())
        if is_valid:
            self._code = ""
        return is_valid


class _Handler(BaseHTTPRequestHandler):
    server: DocsServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the base class's)
        """Disabled: the backend logs requests, and request lines contain the one-time code."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/open" and self._has_valid_host():
            self._open(parse_qs(url.query).get("code", [""])[0])
        elif url.path in {"/", "/docs"} and self._is_authenticated():
            self._send(200, _page(self.server.openapi_path()), "text/html; charset=utf-8")
        else:
            self._forward()

    def do_POST(self) -> None:
        self._forward()

    do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_POST  # noqa: N815 (http.server's)

    def _open(self, code: str) -> None:
        if not self.server.redeem(code):
            return self._send_forbidden(
                "This link was already used or has been replaced. Open the newest link that was printed."
            )
        self.send_response(303)
        self.send_header("Location", "/docs")
        cookie = f"{self.server.cookie}={self.server.session}; HttpOnly; SameSite=Strict; Path=/"
        self.send_header("Set-Cookie", cookie)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _has_valid_host(self) -> bool:
        """Protects against DNS rebinding."""
        return f"http://{self.headers.get('Host')}" == self.server.origin

    def _is_authenticated(self) -> bool:
        cookies = SimpleCookie()
        try:
            cookies.load(self.headers.get("Cookie", ""))
        except CookieError:
            return False
        morsel = cookies.get(self.server.cookie)
        value = morsel.value if morsel else ""
        # Pages on other ports are same-site, so browsers send the cookie with their requests.
        is_cross_origin = self.headers.get("Origin", self.server.origin) != self.server.origin
        is_session = secrets.compare_digest(value.encode(), self.server.session.encode())
        return self._has_valid_host() and not is_cross_origin and is_session

    def _forward(self) -> None:
        if not self._is_authenticated():
            return self._send_forbidden("Open the link that make dev or make docs printed.")
        api_prefix = self.server.openapi_path().removesuffix("openapi.json")
        if not self.path.startswith(api_prefix):
            return self._send(404, b"Not found")
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            return self._send(413, b"The body is too large", close=True)
        body = self.rfile.read(int(length))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_FORWARDED}
        try:
            base_url, token = self.server.address()
            connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=TIMEOUT_S)
            connection.request(self.command, self.path, body, headers | {TOKEN_HEADER: token})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException, HotPatchError) as error:
            return self._send(502, f"The app did not respond: {error}".encode())
        self.send_response(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        connection.close()
        return None

    def _send_forbidden(self, reason: str) -> None:
        self._send(403, reason.encode(), close=True)  # the request's body is not read

    def _send(
        self, status: int, content: bytes, content_type: str = "text/plain; charset=utf-8", *, close: bool = False
    ) -> None:
        self.send_response(status)
        if close:
            self.send_header("Connection", "close")  # otherwise the client sends its next request on this connection
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _page(openapi_path: str) -> bytes:
    """FastAPI's Swagger UI page."""
    from fastapi.openapi.docs import get_swagger_ui_html

    return bytes(get_swagger_ui_html(openapi_url=openapi_path, title="API").body)
