"""The app's processes, found by their data dir."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.unfrozen_probes.pidfd import pidfd_open

STANDBY = b"def import_libraries("
"""A function in standby.py, whose source is in the command line of a standby process."""

WATCHDOG = "app-watchdog"
"""Process name of the watchdog, which terminates a backend after its launcher has exited."""


def backend_pids(data_home: Path) -> list[int]:
    """Process ids of the backends whose data dir is in `data_home`, without standby processes."""
    return [pid for pid in interpreter_pids(data_home) if not _is_idle_standby(Path(f"/proc/{pid}"))]


def standby_pids(data_home: Path) -> list[int]:
    """Process ids of the standby processes whose data dir is in `data_home`."""
    return [pid for pid in interpreter_pids(data_home) if _is_idle_standby(Path(f"/proc/{pid}"))]


def _is_idle_standby(process: Path) -> bool:
    """Whether the process is a standby that has not started the app, or has exited. A running app has a log open."""
    try:
        is_standby = STANDBY in (process / "cmdline").read_bytes()
        return is_standby and not any(os.readlink(fd).endswith(".log") for fd in (process / "fd").iterdir())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return True


def interpreter_pids(data_home: Path) -> list[int]:
    """Process ids of bundled interpreters whose data dir is in `data_home`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            program = (process / "cmdline").read_bytes().split(b"\0")[0]
            if (process / "comm").read_text().strip() == WATCHDOG:
                continue
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if program.endswith(b"/python/bin/python3") and b"DATA_DIR=" + os.fsencode(data_home) in environment:
            found.append(int(process.name))
    return found


def backend_pid(data_home: Path) -> int:
    """Process id of the only backend. Raises ValueError unless exactly one exists."""
    (backend,) = backend_pids(data_home)
    return backend


def parent_pid(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@contextmanager
def expect_exit(pid: int, within_s: float = 20) -> Iterator[None]:
    """Assert that process `pid` exits before or within `within_s` seconds after the end of the block."""
    pidfd = pidfd_open(pid)
    try:
        yield
        assert select.select([pidfd], [], [], within_s)[0], f"process {pid} did not exit"
    finally:
        os.close(pidfd)
