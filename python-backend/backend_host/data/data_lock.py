"""One running app a data dir: a file that the system keeps locked for as long as its holder lives, however that ends.

The lock belongs to whoever has the file open. A launcher that wants to run the next process beside the last one opens
it itself and hands it to both, as it does with the listening socket: to the system they are one holder.
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
"""How long a holder that is about to end is waited for: one whose launcher was killed takes a moment."""
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
        """A descriptor of `path`, which nobody else can open for writing; None while another process has it. Raises OSError.

        Unlike a lock on a range of bytes, which belongs to one process, that holds for all who are given a duplicate.
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
        """A descriptor of `path`, locked; None while another process has it locked. Raises OSError."""
        fd = open_private(path, os.O_RDWR | os.O_CREAT) if inherited_fd is None else inherited_fd
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if inherited_fd is None:
                os.close(fd)
            return None
        return fd


def create_data_dir(data_dir: Path) -> None:
    """Make `data_dir`, its owner's only, if it is missing. Raises DataDirError."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise data_dir_error(f"The data dir {data_dir} can't be used", error) from error


def acquire(data_dir: Path, holder: str, inherited_fd: int | None = None) -> int:
    """Lock `data_dir`, made if missing, until this process ends, and note there that `holder` has it.

    `inherited_fd` is the lock file as the launcher has it open; any other file is no lock, and is not used. Gives the
    descriptor that must stay open. Raises DataDirInUseError, which names the holder, and DataDirError.
    """
    path = data_dir / LOCK_FILE
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        inherited = _verify_inherited(inherited_fd, path)
        until = time.monotonic() + LOCK_TIMEOUT_S
        while (fd := _acquire(path, inherited)) is None:
            if time.monotonic() >= until:
                raise DataDirInUseError(
                    f"The data dir {data_dir} is in use by {_describe_holder(path)}. Close that first, or use another data dir."
                )
            time.sleep(_POLL_INTERVAL_S)
        note = {"holder": holder, "pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, json.dumps(note).encode())
    except OSError as error:
        raise data_dir_error(f"The data dir {data_dir} can't be used", error) from error
    return fd


def _verify_inherited(inherited_fd: int | None, path: Path) -> int | None:
    try:
        if inherited_fd is not None and os.path.samestat(os.fstat(inherited_fd), path.lstat()):
            os.set_inheritable(inherited_fd, False)
            return inherited_fd
    except OSError:
        pass  # closed, or the file is gone: as if nothing had been handed over
    return None


def _describe_holder(path: Path) -> str:
    """Who holds it and since when, as far as the note can be read."""
    try:
        note = json.loads(read_private(path))
        since = datetime.fromisoformat(note["since"]).astimezone()
        return f"{note['holder']} (process {note['pid']}, since {since:%Y-%m-%d %H:%M:%S})"
    except OSError, ValueError, KeyError, TypeError:
        return "another process"
