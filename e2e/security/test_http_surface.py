"""Unauthorized requests to every API operation, and malformed HTTP requests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from e2e.security.raw_http import exchange, request
from harness.app import ROOT
from harness.browser_backend import BrowserBackend

PUBLIC_PATH = "/api/v1/utils/health-check/"
FOREIGN_ORIGIN = "http://evil.example"


def operations() -> list[tuple[str, str]]:
    """Return method and path of each operation in the OpenAPI document, with values for path parameters."""
    document = json.loads((ROOT / "frontend" / "openapi.json").read_text("utf-8"))
    return [
        (method.upper(), path.format(item_id="1", user_id="1", name="x"))
        for path, methods in document["paths"].items()
        for method in methods
        if path != PUBLIC_PATH
    ]


@dataclass
class Attack:
    """Headers that every operation must reject."""

    name: str
    headers: list[tuple[str, str]]


def attacks(host: str, token: str) -> list[Attack]:
    good_host, good_token = ("Host", host), ("X-Launch-Token", token)
    own_origin = f"http://{host}"
    return [
        Attack("no token", [good_host]),
        Attack("wrong token", [good_host, ("X-Launch-Token", "x" * len(token))]),
        Attack("token with a suffix", [good_host, ("X-Launch-Token", token + "x")]),
        Attack("non-ASCII token", [good_host, ("X-Launch-Token", "é")]),
        Attack("token in the cookie", [good_host, ("Cookie", f"X-Launch-Token={token}")]),
        Attack("two tokens, the right one first", [good_host, good_token, ("X-Launch-Token", "x")]),
        Attack("two tokens, the right one last", [good_host, ("X-Launch-Token", "x"), good_token]),
        Attack("foreign host", [("Host", "evil.example"), good_token]),
        Attack("host with the loopback address as a prefix", [("Host", "127.0.0.1.evil.example"), good_token]),
        Attack("two hosts", [good_host, ("Host", "evil.example"), good_token]),
        Attack("two hosts, the foreign one first", [("Host", "evil.example"), good_host, good_token]),
        Attack("foreign origin", [good_host, good_token, ("Origin", FOREIGN_ORIGIN)]),
        Attack("opaque origin", [good_host, good_token, ("Origin", "null")]),
        Attack(
            "two origins, the allowed one first",
            [good_host, good_token, ("Origin", own_origin), ("Origin", FOREIGN_ORIGIN)],
        ),
        Attack(
            "two origins, the allowed one last",
            [good_host, good_token, ("Origin", FOREIGN_ORIGIN), ("Origin", own_origin)],
        ),
        Attack("two origins in one header", [good_host, good_token, ("Origin", f"{own_origin}, {FOREIGN_ORIGIN}")]),
        Attack("origin of another port", [good_host, good_token, ("Origin", "http://127.0.0.1:1")]),
    ]


@pytest.fixture(scope="module")
def shared_backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserBackend]:
    """One backend for all tests of this module, which must not change its state."""
    backend = BrowserBackend(tmp_path_factory.mktemp("surface") / "data")
    backend.start()
    yield backend
    backend.stop()


def test_every_operation_rejects_unauthorized_requests(shared_backend: BrowserBackend) -> None:
    host = urlsplit(shared_backend.url).netloc
    accepted = []
    with shared_backend.api() as api:
        before = api.get("/utils/diagnostics/").status_code, api.get("/settings/").json(), api.get("/items/").json()
        for attack in attacks(host, shared_backend.token):
            for method, path in operations():
                headers = [*attack.headers, ("Content-Type", "application/json")]
                status = exchange(shared_backend.url, request(method, path, headers, b'{"title": "x"}'))
                if status not in {400, 401, 403}:  # e.g. 404 or 422, from a route that ran
                    accepted.append((attack.name, method, path, status))
        assert accepted == []
        after = api.get("/utils/diagnostics/").status_code, api.get("/settings/").json(), api.get("/items/").json()
    assert after == before


def test_every_get_operation_exists_for_authorized_client(shared_backend: BrowserBackend) -> None:
    """Proves for GET operations that wrong paths are not the cause of the rejections above. Other operations could change state."""
    with shared_backend.api() as api:
        refused = [
            (path, response.status_code)
            for method, path in operations()
            if method == "GET" and (response := api.get(shared_backend.url + path)).status_code in {401, 404, 405}
        ]
    assert [path for path, _ in refused] == []


def malformed(host: str, token: str) -> dict[str, bytes]:
    """Return requests that have a valid token but violate HTTP or the API schema."""
    headers = [("Host", host), ("X-Launch-Token", token)]
    json_headers = [*headers, ("Content-Type", "application/json")]
    head = f"Host: {host}\r\nX-Launch-Token: {token}\r\n".encode()
    items = "/api/v1/items/"
    return {
        "NUL in the path": request("GET", f"{items}%00", headers),
        "invalid UTF-8 in the path": request("GET", f"{items}%ff%fe", headers),
        "parent folders": request("GET", "/../../../../etc/passwd", headers),
        "escaped parent folders": request("GET", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", headers),
        "backup name with parent folders": request("POST", "/api/v1/backups/..%2F..%2Fapp.db/restore", headers),
        "path of 60 kB": request("GET", items + "x" * 60_000, headers),
        "NUL in the query": request("GET", f"{items}?search=%00", headers),
        "invalid UTF-8 in the query": request("GET", f"{items}?search=%ff", headers),
        "huge limit": request("GET", f"{items}?limit={'9' * 400}", headers),
        "negative skip": request("GET", f"{items}?skip=-1", headers),
        "10,000 query parameters": request("GET", f"{items}?" + "&".join(["a=1"] * 10_000), headers),
        "lone surrogate": request("POST", items, json_headers, b'{"title": "\\ud800"}'),
        "NUL in a title": request("POST", items, json_headers, b'{"title": "a\\u0000b"}'),
        "invalid UTF-8 in the body": request("POST", items, json_headers, b'{"title": "\xff"}'),
        "empty body": request("POST", items, json_headers),
        "not JSON": request("POST", items, json_headers, b"<xml/>"),
        "number without end": request("POST", items, json_headers, b'{"title": ' + b"9" * 100_000 + b"}"),
        "infinity": request("POST", items, json_headers, b'{"title": Infinity}'),
        "array nested 100,000 deep": request("POST", items, json_headers, b"[" * 100_000),
        "object nested 100,000 deep": request("POST", items, json_headers, b'{"a":' * 100_000),
        "100,000 keys": request(
            "POST", items, json_headers, json.dumps(dict.fromkeys(map(str, range(100_000)))).encode()
        ),
        "100,000 form fields": request(
            "POST",
            "/api/v1/login/access-token",
            [*headers, ("Content-Type", "application/x-www-form-urlencoded")],
            b"a=1&" * 100_000,
        ),
        "form without a boundary": request(
            "POST", "/api/v1/login/access-token", [*headers, ("Content-Type", "multipart/form-data")], b"--x"
        ),
        "unknown method": request("PRI", "*", headers),
        "CONNECT": request("CONNECT", "evil.example:443", headers),
        "TRACE": request("TRACE", items, headers),
        "absolute target": request("GET", f"{FOREIGN_ORIGIN}{items}?limit=0", headers),
        "length and chunks": b"POST /api/v1/items/ HTTP/1.1\r\n"
        + head
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "two lengths": b"POST /api/v1/items/ HTTP/1.1\r\n"
        + head
        + b"Content-Length: 4\r\nContent-Length: 40\r\n\r\nabcd",
        "non-hexadecimal chunk size": b"POST /api/v1/items/ HTTP/1.1\r\n"
        + head
        + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "folded header": b"GET /api/v1/items/ HTTP/1.1\r\n" + head + b" folded: x\r\n\r\n",
        "header without a name": b"GET /api/v1/items/ HTTP/1.1\r\n" + head + b": x\r\n\r\n",
        "header of 200 kB": request("GET", items, [*headers, ("X-Long", "x" * 200_000)]),
        "TLS": bytes.fromhex("16030100a5010000a10303"),
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }


def test_malformed_requests_cause_no_server_error(shared_backend: BrowserBackend) -> None:
    statuses = {
        name: exchange(shared_backend.url, sent)
        for name, sent in malformed(urlsplit(shared_backend.url).netloc, shared_backend.token).items()
    }
    wrong = {name: status for name, status in statuses.items() if status and not 400 <= status < 500}
    may_succeed = {"10,000 query parameters", "invalid UTF-8 in the query"}
    assert {name: status for name, status in wrong.items() if not (name in may_succeed and status == 200)} == {}
    assert httpx.get(f"{shared_backend.url}{PUBLIC_PATH}", trust_env=False).json() is True
    errors = [
        line
        for line in (shared_backend.data_dir / "logs" / "fastapi.log").read_text("utf-8").splitlines()
        if json.loads(line)["level"] in {"error", "critical"}
    ]
    assert errors == []
