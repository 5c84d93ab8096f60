"""How many files and sockets this process may have open, and its event loop may watch."""

import sys

TARGET_LIMIT = 8192
"""Descriptors that the soft limit is raised to, as far as the hard limit lets."""
MAX_CONNECTIONS = 512
"""Connections that a process accepts at most. A window has six."""
ACCEPT_BATCH = 256
"""Connections that are accepted in one pass of the event loop, before any of them can be closed."""
SELECT_MAX = 512
"""Sockets that `select` watches on Windows: FD_SETSIZE of its CPython. One more ends the event loop with a ValueError."""
BACKLOG = 2048
"""Connections that wait in the kernel to be accepted."""


def raise_soft_limit() -> int:
    """Raise the soft limit of open descriptors; the limit from now on. On Windows that is the event loop's."""
    if sys.platform == "win32":
        return SELECT_MAX
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = TARGET_LIMIT if hard == resource.RLIM_INFINITY else min(TARGET_LIMIT, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return TARGET_LIMIT if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def connection_limits(descriptors: int) -> tuple[int, int]:
    """How many connections to hold, and to accept in one pass, so that a quarter of the descriptors is left for the rest.

    An accepted connection is known, and can be closed, some passes later: that many batches overlap.
    """
    return min(MAX_CONNECTIONS, descriptors // 2), min(ACCEPT_BATCH, descriptors // 16)
