"""Sends raw HTTP/1.1 requests, including invalid requests, which client libraries reject."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

RESPONSE_TIMEOUT_S = 20
"""Socket timeout of `exchange`: longer than the shell's health check waits for a response (5 s)."""


def host_and_port(url: str) -> tuple[str, int]:
    """Return host and port of a base URL."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def request(method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> bytes:
    """Build a request with exactly these headers, plus Content-Length and Connection: close."""
    sent = [*headers, ("Content-Length", str(len(body))), ("Connection", "close")]
    head = "".join(f"{name}: {value}\r\n" for name, value in sent)
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def exchange(url: str, sent: bytes) -> int:
    """Send the bytes and return the status code of the response, or 0 if the server closes the connection without a response."""
    with socket.create_connection(host_and_port(url), RESPONSE_TIMEOUT_S) as connection:
        with suppress(ConnectionError):  # the server may close before it has read a rejected body
            connection.sendall(sent)
        received = b""
        with suppress(ConnectionError):
            while b"\r\n" not in received and (chunk := connection.recv(4096)):
                received += chunk
    return int(received.split(b" ", 2)[1]) if received else 0
