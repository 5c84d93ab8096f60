"""The listening socket and the lock of a launcher, on a system whose processes do not inherit them by number: Windows."""

import base64
import json
import os
import queue
import socket
import sys

from backend_host.errors import AddressError
from backend_host.settings.base import HostSettings

RECORD_TIMEOUT_S = 30.0
"""How long the launcher may take to hand them over once it has started this process. It does so at once."""


def receive(settings: HostSettings, records: queue.SimpleQueue[str]) -> None:
    """Wait for the launcher's record on stdin, if one is announced: LISTEN_FD and LOCK_FD are then what it names.

    Without one, because stdin has ended, they stay as they are: this process has been asked to stop. Raises AddressError.
    """
    if not settings.HANDOVER_ON_STDIN:
        return
    try:
        record = records.get(timeout=RECORD_TIMEOUT_S)
    except queue.Empty:
        raise AddressError(
            f"The launcher handed over no socket within {RECORD_TIMEOUT_S:.0f} s. Leave HANDOVER_ON_STDIN out to listen on HOST and PORT."
        ) from None
    if record:
        try:
            settings.LISTEN_FD, settings.LOCK_FD = _open_record(json.loads(record))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AddressError(
                f"Can't use the socket that the launcher handed over: {error}. Leave HANDOVER_ON_STDIN out to listen on HOST "
                "and PORT."
            ) from error


def _open_record(record: dict[str, str | int | None]) -> tuple[int, int | None]:
    """A socket handle and the descriptor of the lock file. Raises OSError, ValueError, KeyError and TypeError."""
    if sys.platform != "win32":
        raise ValueError("this system inherits sockets: set LISTEN_FD")
    import msvcrt

    listener = socket.fromshare(base64.b64decode(str(record["socket"]), validate=True))
    lock = record["lock"]
    return listener.detach(), None if lock is None else msvcrt.open_osfhandle(int(lock), os.O_RDWR)
