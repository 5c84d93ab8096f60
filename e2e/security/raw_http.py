"""HTTP/1.1 requests byte by byte, as no client library would send them."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

RESPONSE_TIMEOUT_S = 20
"""Longest wait for a response. The shell's health check allows less, so a slower backend is restarted anyway."""


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a base URL."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def request(method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> bytes:
    """A request whose headers are sent exactly as given, plus Content-Length and Connection: close."""
    sent = [*headers, ("Content-Length", str(len(body))), ("Connection", "close")]
    head = "".join(f"{name}: {value}\r\n" for name, value in sent)
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def exchange(url: str, sent: bytes) -> int:
    """The status of the response to `sent`; 0 if the server closes the connection without one."""
    with socket.create_connection(address_of(url), RESPONSE_TIMEOUT_S) as connection:
        with suppress(ConnectionError):  # a refused body need not be read to its end
            connection.sendall(sent)
        received = b""
        with suppress(ConnectionError):
            while b"\r\n" not in received and (chunk := connection.recv(4096)):
                received += chunk
    return int(received.split(b" ", 2)[1]) if received else 0
