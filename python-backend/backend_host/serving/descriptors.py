"""Limits of open file descriptors, and the connection limits derived from them."""

import sys

TARGET_LIMIT = 8192
"""Target for the soft limit RLIMIT_NOFILE, capped by the hard limit."""
MAX_CONNECTIONS = 512
"""Maximum number of open connections of a process. A browser window opens six."""
ACCEPT_BATCH = 256
"""Maximum number of connections accepted in one iteration of the event loop (asyncio's `backlog`)."""
SELECT_MAX = 512
"""FD_SETSIZE of CPython on Windows. `select` raises ValueError for more sockets."""
BACKLOG = 2048
"""Backlog of the listening socket."""


def raise_soft_limit() -> int:
    """Raise the soft limit RLIMIT_NOFILE and return it. On Windows, return SELECT_MAX."""
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
    """Return the maximum number of open connections and the accept batch for a process with `descriptors`.

    A quarter of the descriptors is left for files. The connection limit applies some event loop iterations after
    `accept` (`server.ACCEPT_LOOP_ITERATIONS`), so several batches can be open in addition.
    """
    return min(MAX_CONNECTIONS, descriptors // 2), min(ACCEPT_BATCH, descriptors // 16)
