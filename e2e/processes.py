"""The app's processes, found by the folder that their data lies in."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def backends_on(data_home: Path) -> list[int]:
    """Process ids of bundled interpreters whose data lies in `data_home`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            program = (process / "cmdline").read_bytes().split(b"\0")[0]
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if program.endswith(b"/python/bin/python3") and b"DATA_DIR=" + os.fsencode(data_home) in environment:
            found.append(int(process.name))
    return found


def only_backend(data_home: Path) -> int:
    """The one there is; fails when there are none or more."""
    (backend,) = backends_on(data_home)
    return backend


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@contextmanager
def ended(pid: int, within_s: float = 20) -> Iterator[None]:
    """What is done inside ends process `pid`."""
    gone = os.pidfd_open(pid)
    try:
        yield
        assert select.select([gone], [], [], within_s)[0], f"process {pid} did not end"
    finally:
        os.close(gone)
