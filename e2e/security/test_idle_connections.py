"""More than a thousand connections that send nothing, or only part of a request."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest

from e2e.security.raw_http import host_and_port
from e2e.security.scale import scaled
from harness.browser_backend import BrowserBackend

resource = pytest.importorskip("resource", reason="Windows has no RLIMIT_NOFILE")
CONNECTIONS = scaled(1_200, 2_000)
MAX_LOG_LINES = 1_100
"""The log limits repeated records to 1,000 per minute below level WARNING, otherwise to 30."""

OPENINGS = {
    "nothing": b"",
    "half a request line": b"GET /api/v1/ite",
    "half the headers": b"GET /api/v1/items/ HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "half a body": b"POST /api/v1/items/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{",
}


@contextmanager
def raised_descriptor_limit(connections: int) -> Iterator[None]:
    """Raise the descriptor limit of this process. The running backend keeps its lower limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + 512
    if hard != resource.RLIM_INFINITY and needed > hard:
        pytest.skip(f"the hard limit of open files is {hard}, the test needs {needed}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def desktop_descriptor_limit() -> Iterator[None]:
    """Set the soft descriptor limit of a desktop session (1,024), which the backend inherits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
def test_idle_connections_do_not_block_other_clients(
    opening: bytes, desktop_descriptor_limit: None, backend: BrowserBackend
) -> None:
    with backend.api() as window, raised_descriptor_limit(CONNECTIONS), ExitStack() as connections:
        window.timeout = httpx.Timeout(30)
        assert window.get("/items/").status_code == 200  # opens the keep-alive connection of a window
        for _ in range(CONNECTIONS):
            connection = connections.enter_context(socket.create_connection(host_and_port(backend.url), 10))
            with suppress(ConnectionError):  # the server may close connections over its limit immediately
                connection.sendall(opening)
        for number in range(3):
            assert window.post("/items/", json={"title": str(number)}).status_code == 200
        with backend.api() as another:
            another.timeout = httpx.Timeout(30)
            assert another.get("/utils/health-check/").json() is True
            assert another.get("/items/").json()["count"] == 3
    lines = (backend.data_dir / "logs" / "fastapi.log").read_text("utf-8").splitlines()
    assert len(lines) < MAX_LOG_LINES, lines[-3:]
