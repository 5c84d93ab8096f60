"""Input at and above size limits: the backend rejects it and continues to serve other requests."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from e2e.security.scale import scaled
from harness.browser_backend import BrowserBackend

HEALTH_TIMEOUT_S = 5
"""Timeout of the shell's health check."""
KEYS = scaled(400_000, 4_500_000)


def many_keys() -> Iterator[bytes]:
    """Yield a JSON array with one object of `KEYS` keys."""
    yield b'[{"title": "x"'
    for start in range(0, KEYS, 10_000):
        yield b"".join(b',"%d":1' % number for number in range(start, min(start + 10_000, KEYS)))
    yield b"}]"


def long_string() -> Iterator[bytes]:
    yield b'[{"title": "'
    for _ in range(scaled(8, 60)):
        yield b"x" * 1_000_000
    yield b'"}]'


def deep_nesting() -> Iterator[bytes]:
    for _ in range(scaled(8, 60)):
        yield b"[" * 1_000_000


def long_csv_cell() -> Iterator[bytes]:
    yield b'title,description\n"'
    for _ in range(scaled(8, 60)):
        yield b"x" * 1_000_000
    yield b'",\n'


def whitespace_only() -> Iterator[bytes]:
    yield b"["
    for _ in range(scaled(8, 60)):
        yield b" " * 1_000_000


@pytest.mark.parametrize(
    "body", [many_keys, long_string, deep_nesting, long_csv_cell, whitespace_only], ids=lambda body: body.__name__
)
def test_oversized_import_is_rejected_while_health_checks_succeed(
    body: Callable[[], Iterator[bytes]], backend: BrowserBackend
) -> None:
    done = threading.Event()
    content_type = "text/csv" if body.__name__ == "long_csv_cell" else "application/json"

    def attack() -> int:
        try:
            with backend.api() as api:
                return api.post(
                    "/items/import", content=body(), headers={"Content-Type": content_type}, timeout=120
                ).status_code
        finally:
            done.set()

    with ThreadPoolExecutor(1) as pool, httpx.Client(timeout=HEALTH_TIMEOUT_S, trust_env=False) as launcher:
        response = pool.submit(attack)
        while not done.is_set():
            assert launcher.get(f"{backend.url}/api/v1/utils/health-check/").json() is True
        assert response.result() in {413, 422}
    with backend.api() as api:
        assert api.get("/items/").json()["count"] == 0


def test_oversized_body_gets_413_from_other_operations(backend: BrowserBackend) -> None:
    body = json.dumps({"title": "x" * 2_000_000}).encode()
    with backend.api() as api:
        responses = {
            path: api.request(method, path, content=body, headers={"Content-Type": content_type}, timeout=60)
            for method, path, content_type in (
                ("POST", "/items/", "application/json"),
                ("PATCH", "/settings/", "application/json"),
                ("POST", "/users/signup", "application/json"),
                ("POST", "/login/access-token", "application/x-www-form-urlencoded"),
            )
        }
    assert {path: response.status_code for path, response in responses.items()} == dict.fromkeys(responses, 413)
    assert {response.json()["code"] for response in responses.values()} == {"body_too_large"}
