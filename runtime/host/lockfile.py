"""File lock: one per checkout for staging, and one per archive in the shared cache.

The operating system releases it when the process exits, so it cannot become stale.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from runtime.errors import StagingBusyError
from runtime.host.progress import Progress

WAIT_SECONDS = 900.0


def _try_lock(stream: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # POSIX and Windows: another process has locked it
        return False
    return True


@contextmanager
def staging_lock(path: Path, progress: Progress, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Acquire the lock. Warns if another process holds it and waits up to `wait_seconds`, then raises StagingBusyError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        deadline = time.monotonic() + wait_seconds
        if not _try_lock(stream):
            progress.warn("Waiting for another staging process to finish.")
            while not _try_lock(stream):
                if time.monotonic() > deadline:
                    raise StagingBusyError(
                        f"Another staging process has locked {path} for {wait_seconds:.0f} s. Terminate it and run the command again."
                    )
                time.sleep(0.1)
        yield
