"""Reserves the port of WEBKIT_INSPECTOR_SERVER, then executes the app: `reserve_port.py APP`.

WebKitWebDriver selects a free ephemeral port, on which the app listens after WebKit has started. If another process takes the port
in between, the app only logs a warning, and WebDriver never answers the request for a new session.
"""

import os
import socket
import sys
import time

POLL_S = 0.05
TIMEOUT_S = 100
"""Shorter than the timeout of `open_window`."""


def reserve(host: str, port: int) -> socket.socket:
    """A socket bound to the port, so that the system assigns the port to no other socket.

    Waits until the port is free; raises OSError after TIMEOUT_S.
    """
    reservation = socket.socket()
    # GLib sets this option as well. Such sockets can be bound to the same port as long as none listens.
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            reservation.bind((host, port))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
        else:
            return reservation


if __name__ == "__main__":
    host, _, port = os.environ["WEBKIT_INSPECTOR_SERVER"].rpartition(":")
    reserve(host, int(port)).set_inheritable(True)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606
