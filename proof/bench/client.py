"""A minimal HTTP client for measuring servers. It parses only the status and Content-Length of a response."""

import socket


class Client:
    """One connection to a server on loopback, reused for sequential requests."""

    def __init__(self, port: int) -> None:
        self._stream = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> None:
        """Send a GET request and read the complete response. Raises RuntimeError unless it has status 200 and a Content-Length."""
        self._send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def post(self, path: str, json: str) -> None:
        """Send a JSON body and read the complete response. Raises RuntimeError as `get`."""
        body = json.encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._send(head.encode() + body)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def _send(self, request: bytes) -> None:
        self._stream.sendall(request)
        response = bytearray()
        while b"\r\n\r\n" not in response:
            response += self._receive()
        head, _, body = response.partition(b"\r\n\r\n")
        status, *lines = bytes(head).decode("latin-1").split("\r\n")
        lengths = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
        if " 200 " not in status or not lengths:
            raise RuntimeError(f"response {status}: {bytes(body)!r}")
        remaining = lengths[0] - len(body)
        while remaining > 0:
            remaining -= len(self._receive())

    def _receive(self) -> bytes:
        data = self._stream.recv(1 << 20)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data
