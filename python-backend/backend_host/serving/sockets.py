"""The listening socket."""

import errno
import socket

from backend_host.errors import AddressError, PortTakenError
from backend_host.serving import descriptors
from backend_host.settings.base import HostSettings, url_host


def listen(settings: HostSettings) -> socket.socket:
    """Return the socket inherited from the launcher, or a new one on HOST and PORT. Raises AddressError."""
    try:
        if inherited := inherit(settings):
            return inherited
        return bind(settings.HOST, settings.PORT)
    except (OSError, UnicodeError) as error:
        raise to_address_error(settings, error) from error


def inherit(settings: HostSettings) -> socket.socket | None:
    """Return the launcher's listening socket LISTEN_FD, if set. Raises OSError for an invalid descriptor."""
    if settings.LISTEN_FD is None:
        return None
    inherited = socket.socket(fileno=settings.LISTEN_FD)
    inherited.set_inheritable(False)
    _disable_nagle(inherited)
    return inherited


def bind(host: str, port: int) -> socket.socket:
    """Return a new listening socket. Raises OSError."""
    listener = socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=descriptors.BACKLOG
    )
    _disable_nagle(listener)
    return listener


def _disable_nagle(listener: socket.socket) -> None:
    """Set TCP_NODELAY on `listener`; accepted connections inherit it.

    asyncio sets it only if `socket.proto` is IPPROTO_TCP. Here it is 0, except for an inherited socket on Linux.
    Without TCP_NODELAY the body of a response waits for the client's acknowledgment of the head: 40 ms, on Windows
    200 ms.
    """
    if listener.family in (socket.AF_INET, socket.AF_INET6):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def to_address_error(settings: HostSettings, error: OSError | UnicodeError) -> AddressError:
    """Convert an error of `listen` to an AddressError with a message for the user."""
    reason, number = getattr(error, "strerror", None) or error, getattr(error, "errno", None)
    if settings.LISTEN_FD is not None:
        return AddressError(
            f"Can't listen on descriptor {settings.LISTEN_FD}: {reason}. It must be a listening socket inherited from "
            "the launcher. Unset LISTEN_FD to listen on HOST and PORT."
        )
    if number == errno.EADDRINUSE:
        return PortTakenError(
            f"Port {settings.PORT} is in use by another program. Close that program, or use another port."
        )
    where = f"{url_host(settings.HOST)}:{settings.PORT}"
    if number == errno.EACCES:
        return AddressError(f"Can't listen on {where}: {reason}. Choose a port above 1023, or 0 for any.")
    return AddressError(f"Can't listen on {where}: {reason}. Choose a HOST of this machine, such as 127.0.0.1.")
