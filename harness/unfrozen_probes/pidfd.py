"""pidfd system calls, to wait for processes that are not children (Linux).

The bundled interpreter is built for glibc 2.17 and its kernel headers, so it lacks `os.pidfd_open` and `signal.pidfd_send_signal` on every
kernel.
"""

import ctypes
import os

_SEND_SIGNAL, _OPEN = 424, 434
"""Numbers of the system calls, the same on every architecture."""


def pidfd_open(pid: int) -> int:
    """A descriptor that becomes readable when the process exits; the caller closes it. Raises ProcessLookupError and other OSErrors."""
    return _call(_OPEN, pid, 0)


def pidfd_send_signal(handle: int, number: int) -> None:
    """Send a signal to the process of a descriptor. Raises ProcessLookupError and other OSErrors."""
    _call(_SEND_SIGNAL, handle, number, None, 0)


def _call(number: int, *arguments: int | None) -> int:
    result: int = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    if result < 0:
        raise OSError(code := ctypes.get_errno(), os.strerror(code))
    return result
