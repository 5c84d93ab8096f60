"""A lock file that allows one backend per data dir. The system releases the lock when its holder exits or is killed.

The lock belongs to the open file description (`flock`). A launcher that runs two backends concurrently during a handover
opens the file itself and passes the descriptor to both, so that they share the lock.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from backend_host.data.files import data_dir_error, open_private, read_private
from backend_host.errors import DataDirInUseError

LOCK_FILE = "app.lock"
LOCK_TIMEOUT_S = 3.0
"""How long to wait for the lock. A holder whose launcher was killed needs up to 2 s to exit."""
_POLL_INTERVAL_S = 0.05

if sys.platform == "win32":
    import _winapi
    import msvcrt

    _GENERIC_READ_WRITE = 0xC000_0000
    _FILE_SHARE_READ = 1
    _OPEN_ALWAYS = 4
    _FILE_ATTRIBUTE_NORMAL = 0x80
    _ERROR_SHARING_VIOLATION = 32

    def _acquire(path: Path, inherited_fd: int | None) -> int | None:
        """Open `path` in a sharing mode that excludes other writers, and return its descriptor.

        Returns None if another process has it open. Duplicated handles share the lock, unlike byte-range locks, which
        belong to one process. Raises OSError.
        """
        if inherited_fd is not None:
            return inherited_fd
        try:
            handle = _winapi.CreateFile(
                str(path), _GENERIC_READ_WRITE, _FILE_SHARE_READ, 0, _OPEN_ALWAYS, _FILE_ATTRIBUTE_NORMAL, 0
            )
        except OSError as error:
            if error.winerror != _ERROR_SHARING_VIOLATION:
                raise
            return None
        return msvcrt.open_osfhandle(handle, os.O_RDWR)
else:
    import fcntl

    def _acquire(path: Path, inherited_fd: int | None) -> int | None:
        """Open and lock `path`, and return its descriptor. None if another process has locked it. Raises OSError."""
        fd = open_private(path, os.O_RDWR | os.O_CREAT) if inherited_fd is None else inherited_fd
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if inherited_fd is None:
                os.close(fd)
            return None
        return fd


def create_data_dir(data_dir: Path) -> None:
    """Create `data_dir` with mode 0700 if it is missing. Raises DataDirError."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise data_dir_error(f"The data dir {data_dir} can't be used", error) from error


def acquire(data_dir: Path, holder: str, inherited_fd: int | None = None) -> int:
    """Lock `data_dir`, created if missing, until this process exits, and return the descriptor of the lock file.

    `holder` describes this process in the error message of others. `inherited_fd` is the launcher's descriptor of the lock
    file; a descriptor of another file is ignored. Raises DataDirInUseError, which names the holder, and DataDirError.
    """
    path = data_dir / LOCK_FILE
    create_data_dir(data_dir)
    try:
        inherited = _verify_inherited(inherited_fd, path)
        until = time.monotonic() + LOCK_TIMEOUT_S
        while (fd := _acquire(path, inherited)) is None:
            if time.monotonic() >= until:
                raise DataDirInUseError(
                    f"The data dir {data_dir} is in use by {_describe_holder(path)}. Close it, or use another data dir."
                )
            time.sleep(_POLL_INTERVAL_S)
        record = {"holder": holder, "pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, json.dumps(record).encode())
    except OSError as error:
        raise data_dir_error(f"The data dir {data_dir} can't be used", error) from error
    return fd


def _verify_inherited(inherited_fd: int | None, path: Path) -> int | None:
    try:
        if inherited_fd is not None and os.path.samestat(os.fstat(inherited_fd), path.lstat()):
            os.set_inheritable(inherited_fd, False)
            return inherited_fd
    except OSError:
        pass  # closed descriptor, or missing file
    return None


def _describe_holder(path: Path) -> str:
    """Return holder, process id and start time from the lock file, or "another process" if it is not readable."""
    try:
        record = json.loads(read_private(path))
        since = datetime.fromisoformat(record["since"]).astimezone()
        return f"{record['holder']} (process {record['pid']}, since {since:%Y-%m-%d %H:%M:%S})"
    except OSError, ValueError, KeyError, TypeError:
        return "another process"
