"""Exceptions of hot patching. Every message states what happened and what to do next."""

import errno
from pathlib import Path


class HotPatchError(Exception):
    """`text` is additional text, such as a traceback."""

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class PreconditionError(HotPatchError):
    """A precondition is not met. No code was sent to the app, and nothing changed."""


class CompileError(HotPatchError):
    """The source cannot be compiled."""


class RejectedError(HotPatchError):
    """The app rejected the request or did not respond. `code` is the shell's, or hot patching's (`outdated`)."""

    def __init__(self, code: str, message: str, text: str = "") -> None:
        super().__init__(message, text)
        self.code = code


class OutdatedError(RejectedError):
    """A newer state of the source was pushed first."""


class StoreWriteError(PreconditionError):
    """Writing to the app's `hot/` folder failed."""

    def __init__(self, folder: Path, error: OSError) -> None:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                reason = "the disk is full. Free disk space"
            case errno.EACCES | errno.EPERM | errno.EROFS:
                reason = "permission denied. Change the folder's owner or mount its disk read-write"
            case _:
                reason = f"{error.strerror}. Check the folder"
        super().__init__(f"{folder} is not writable: {reason}, then try again. Nothing was changed.")


class AppNotRunningError(HotPatchError):
    """The app is not running, or never ran on this data dir."""
