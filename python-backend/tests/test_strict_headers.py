"""Ambiguous requests are rejected before a route runs."""

import socket
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

ITEMS = "/api/v1/items/"
OWN_ORIGIN = "http://testserver"


def post(client: TestClient, *headers: tuple[str, str]) -> tuple[int, str | None]:
    """Send a POST with these headers in this order, and return status and error code."""
    response = client.post(
        ITEMS, content=b'{"title": "Evil"}', headers=[("Content-Type", "application/json"), *headers]
    )
    return response.status_code, response.json().get("code")


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", OWN_ORIGIN), ("Origin", "http://evil.example")],
        [("Origin", OWN_ORIGIN), ("origin", OWN_ORIGIN)],
        [("Host", "testserver"), ("Host", "evil.example")],
        [("X-Launch-Token", "a"), ("X-Launch-Token", "b")],
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
        [("Content-Type", "text/plain")],
        [("Content-Encoding", "gzip"), ("Content-Encoding", "identity")],
    ],
    ids=lambda headers: " ".join(f"{name}={value}" for name, value in headers),
)
def test_duplicate_header_is_rejected(client: TestClient, headers: list[tuple[str, str]]) -> None:
    assert post(client, *headers) == (400, "duplicate_header")
    assert client.get(ITEMS).json()["count"] == 0


def test_other_headers_may_be_repeated(client: TestClient) -> None:
    assert post(client, ("Accept", "a/b"), ("Accept", "c/d"), ("Cookie", "a=1"), ("Cookie", "b=2"))[0] == 200


@pytest.mark.parametrize(
    "origin", ["", "null", f"{OWN_ORIGIN}, http://evil.example", f"{OWN_ORIGIN} {OWN_ORIGIN}", f"{OWN_ORIGIN}/"]
)
def test_empty_or_joined_origin_is_rejected(client: TestClient, origin: str) -> None:
    assert post(client, ("Origin", origin)) == (403, "origin")


@pytest.mark.parametrize("host", ["", "evil.example", "testserver, evil.example", "testserver@evil.example"])
def test_unknown_host_is_rejected(client: TestClient, host: str) -> None:
    assert post(client, ("Host", host)) == (400, "host")


@pytest.fixture
def send_raw(launch: Callable[..., object]) -> Callable[[str], str]:
    """Return a function that sends a raw request head to a backend process and returns the status line."""
    backend = launch()
    ready = backend.ready  # type: ignore[attr-defined]

    def send(head: str) -> str:
        with socket.create_connection((ready["address"], ready["port"]), timeout=10) as connection:
            token = f"X-Launch-Token: {backend.token}\r\n"  # type: ignore[attr-defined]
            connection.sendall(f"{head}\r\n{token}\r\n".encode())
            return connection.makefile("rb").readline().decode().strip()

    return send


def test_absolute_request_target_is_rejected(send_raw: Callable[[str], str]) -> None:
    host = "Host: localhost"
    assert send_raw(f"GET {ITEMS} HTTP/1.1\r\n{host}") == "HTTP/1.1 200 OK"
    for target in (f"http://evil.example{ITEMS}", f"http://localhost{ITEMS}", "*", "evil.example:80"):
        assert send_raw(f"GET {target} HTTP/1.1\r\n{host}") == "HTTP/1.1 400 Bad Request", target
    assert send_raw(f"GET {ITEMS} HTTP/1.1\r\n{host}\r\n{host}") == "HTTP/1.1 400 Bad Request"
    two_lengths = f"POST {ITEMS} HTTP/1.1\r\n{host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
    assert send_raw(two_lengths) == "HTTP/1.1 400 Bad Request"
