"""The listening socket."""

import errno
import socket

from backend_host.errors import AddressError, PortTakenError
from backend_host.serving import descriptors
from backend_host.settings.base import HostSettings, url_host


def listen(settings: HostSettings) -> socket.socket:
    """The listening socket: inherited from the launcher, or a new one on HOST and PORT. Raises AddressError."""
    try:
        if inherited := inherit(settings):
            return inherited
        return bind(settings.HOST, settings.PORT)
    except (OSError, UnicodeError) as error:
        raise to_address_error(settings, error) from error


def inherit(settings: HostSettings) -> socket.socket | None:
    """The launcher's listening socket, if it handed one over. Raises OSError for an invalid descriptor."""
    if settings.LISTEN_FD is None:
        return None
    inherited = socket.socket(fileno=settings.LISTEN_FD)
    inherited.set_inheritable(False)
    _disable_nagle(inherited)
    return inherited


def bind(host: str, port: int) -> socket.socket:
    """A new listening socket. Raises OSError."""
    made = socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=descriptors.BACKLOG
    )
    _disable_nagle(made)
    return made


def _disable_nagle(listening: socket.socket) -> None:
    """Turn off Nagle's algorithm for the connections that `listening` accepts, which inherit the option.

    asyncio does so only on Linux, where a socket tells that it is TCP. Otherwise a response's body waits until the client
    acknowledges its head: 40 ms, on Windows 200 ms.
    """
    if listening.family in (socket.AF_INET, socket.AF_INET6):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def to_address_error(settings: HostSettings, error: OSError | UnicodeError) -> AddressError:
    """Why the socket can't be used, with what to do about it."""
    reason, number = getattr(error, "strerror", None) or error, getattr(error, "errno", None)
    if settings.LISTEN_FD is not None:
        return AddressError(
            f"Can't listen on descriptor {settings.LISTEN_FD}: {reason}. It must be a listening socket that the "
            "launcher hands over. Leave LISTEN_FD out to listen on HOST and PORT."
        )
    if number == errno.EADDRINUSE:
        return PortTakenError(f"Port {settings.PORT} is in use by another program. Free it, or use another port.")
    where = f"{url_host(settings.HOST)}:{settings.PORT}"
    if number == errno.EACCES:
        return AddressError(f"Can't listen on {where}: {reason}. Choose a port above 1023, or 0 for any.")
    return AddressError(f"Can't listen on {where}: {reason}. Choose a HOST of this machine, such as 127.0.0.1.")
