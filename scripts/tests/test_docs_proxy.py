"""The proxy of `/docs`: which clients are authenticated, and which requests reach the app, a fake that returns the request."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from scripts.hot_patch.docs_proxy import DocsServer
from scripts.hot_patch.errors import AppNotRunningError

TOKEN = "the launch token"


class Echo(BaseHTTPRequestHandler):
    """Responds with the request as JSON."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        request = {"method": self.command, "path": self.path, "body": body, "headers": dict(self.headers)}
        content = json.dumps(request).encode()
        self.send_response(418)
        self.send_header("X-Own", "retained")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815 (http.server's)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the base class's)
        pass


@pytest.fixture
def app() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def docs(app: str) -> Iterator[DocsServer]:
    with DocsServer(lambda: (app, TOKEN), lambda: "/api/v1/openapi.json") as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture
def browser(docs: DocsServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=docs.origin, trust_env=False, follow_redirects=True) as client:
        yield client


def test_docs_link_opens_once(docs: DocsServer, browser: httpx.Client) -> None:
    link = docs.new_link()
    page = browser.get(link)
    assert (page.status_code, page.url.path) == (200, "/docs")
    assert "/api/v1/openapi.json" in page.text
    assert TOKEN not in page.text
    browser.cookies.clear()
    assert browser.get(link).status_code == 403
    assert browser.get("/open?code=").status_code == 403
    older = docs.new_link()
    docs.new_link()
    assert browser.get(older).status_code == 403


def test_docs_proxy_forwards_requests_unchanged_with_the_token(docs: DocsServer, browser: httpx.Client) -> None:
    browser.get(docs.new_link())
    headers = {"Origin": docs.origin, "Authorization": "Bearer mine", "X-Launch-Token": "forged"}
    response = browser.post("/api/v1/items/?a=1", content=b"{}", headers=headers)
    assert (response.status_code, response.headers["X-Own"]) == (418, "retained")
    request = response.json()
    assert (request["method"], request["path"], request["body"]) == ("POST", "/api/v1/items/?a=1", "{}")
    assert request["headers"]["Authorization"] == "Bearer mine"
    assert request["headers"]["X-Launch-Token"] == TOKEN
    assert not {"Origin", "Cookie"} & {name.title() for name in request["headers"]}
    assert TOKEN not in str(response.headers)


def test_docs_proxy_forwards_only_paths_next_to_the_openapi_document(docs: DocsServer, browser: httpx.Client) -> None:
    browser.get(docs.new_link())
    assert browser.get("/items/").status_code == 404
    docs.openapi_path = lambda: "/openapi.json"
    assert browser.get("/openapi.json").json()["path"] == "/openapi.json"
    assert browser.get("/items/").json()["path"] == "/items/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},  # same-site: the browser sends the cookie
        {"Host": "evil.example"},
    ],
)
def test_docs_proxy_refuses_other_origins_and_clients_without_cookie(
    docs: DocsServer, browser: httpx.Client, headers: dict[str, str]
) -> None:
    browser.get(docs.new_link())
    assert browser.post("/api/v1/items/", headers=headers).status_code == 403
    assert browser.get("/api/v1/items/", headers=headers).status_code == 403
    assert browser.get("/docs", headers=headers).status_code == 403


def test_docs_proxy_forwards_only_api_paths(docs: DocsServer, browser: httpx.Client) -> None:
    browser.get(docs.new_link())
    assert browser.get("/etc/passwd").status_code == 404


def test_docs_proxy_reports_an_unreachable_app() -> None:
    def unreachable() -> tuple[str, str]:
        raise AppNotRunningError("The app is not running.")

    with (
        DocsServer(unreachable, lambda: "/openapi.json") as docs,
        httpx.Client(trust_env=False, follow_redirects=True) as client,
    ):
        threading.Thread(target=docs.serve_forever).start()
        client.get(docs.new_link())
        response = client.get(f"{docs.origin}/api/v1/items/")
        docs.shutdown()
    assert response.status_code == 502
    assert "The app is not running" in response.text
