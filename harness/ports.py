"""Free TCP ports, for programs whose port must be known before they listen."""

import itertools
import secrets
import socket
import subprocess

from harness.waiting import wait_until

_FIRST, _COUNT = 15_000, 10_000
"""Below the ephemeral range of every system (Linux: 32768 to 60999, macOS and Windows: 49152 to 65535), from which the
system may assign the checked port to a connection before the program listens on it."""

_tried = itertools.count(secrets.randbelow(_COUNT))


def free_port() -> int:
    """A port of 127.0.0.1 on which no process listens; each call returns another port. Raises OSError if all are in use."""
    for offset in itertools.islice(_tried, _COUNT):
        port = _FIRST + offset % _COUNT
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise OSError(f"every port from {_FIRST} to {_FIRST + _COUNT - 1} is in use")


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a process listens on `port`. Raises AssertionError if `process` exits first."""

    def is_listening() -> bool:
        status = process.poll()
        assert status is None, f"{process.args!r} exited with {status} before it listened on {port}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            return False
        return True

    wait_until(is_listening)
