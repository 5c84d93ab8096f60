"""Receives the launcher's listening socket and lock file on Windows, where processes do not inherit descriptors."""

import base64
import json
import os
import queue
import socket
import sys

from backend_host.errors import AddressError
from backend_host.settings.base import HostSettings

RECORD_TIMEOUT_S = 30.0
"""Timeout for the launcher's record, which it sends immediately after starting this process."""


def receive(settings: HostSettings, records: queue.SimpleQueue[str]) -> None:
    """If HANDOVER_ON_STDIN is set, wait for the launcher's record and set LISTEN_FD and LOCK_FD from it.

    An empty record means that stdin has ended, which is a shutdown request. Raises AddressError.
    """
    if not settings.HANDOVER_ON_STDIN:
        return
    try:
        record = records.get(timeout=RECORD_TIMEOUT_S)
    except queue.Empty:
        raise AddressError(
            f"The launcher handed over no socket within {RECORD_TIMEOUT_S:.0f} s. Unset HANDOVER_ON_STDIN to listen on "
            "HOST and PORT."
        ) from None
    if record:
        try:
            settings.LISTEN_FD, settings.LOCK_FD = _open_record(json.loads(record))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AddressError(
                f"Can't use the socket that the launcher handed over: {error}. Unset HANDOVER_ON_STDIN to listen on HOST "
                "and PORT."
            ) from error


def _open_record(record: dict[str, str | int | None]) -> tuple[int, int | None]:
    """Return the socket's handle and the lock file's descriptor. Raises OSError, ValueError, KeyError, TypeError."""
    if sys.platform != "win32":
        raise ValueError("HANDOVER_ON_STDIN works only on Windows; set LISTEN_FD instead")
    import msvcrt

    listener = socket.fromshare(base64.b64decode(str(record["socket"]), validate=True))
    lock = record["lock"]
    return listener.detach(), None if lock is None else msvcrt.open_osfhandle(int(lock), os.O_RDWR)
