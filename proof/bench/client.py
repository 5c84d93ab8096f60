"""A minimal HTTP client, to measure servers: parses only the status and Content-Length of a response."""

import socket


class Client:
    """One connection to a server on loopback, reused for sequential requests."""

    def __init__(self, port: int) -> None:
        self._stream = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> None:
        """Fetch a path completely. Raises RuntimeError for a status other than 200 or a response without Content-Length."""
        self._ask(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def post(self, path: str, json: str) -> None:
        """Send a body and read the complete response; raises as `get` does."""
        body = json.encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._ask(head.encode() + body)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def _ask(self, request: bytes) -> None:
        self._stream.sendall(request)
        answer = bytearray()
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = bytes(head).decode("latin-1").split("\r\n")
        lengths = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
        if " 200 " not in status or not lengths:
            raise RuntimeError(f"answered {status}: {bytes(body)!r}")
        left = lengths[0] - len(body)
        while left > 0:
            left -= len(self._more())

    def _more(self) -> bytes:
        some = self._stream.recv(1 << 20)
        if not some:
            raise RuntimeError("the server hung up")
        return some
