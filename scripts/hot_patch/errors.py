"""Exceptions of hot patching. Every message says what happened and what to do next."""

import errno
from pathlib import Path


class HotPatchError(Exception):
    """`text` is additional text, such as a traceback."""

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class RefusedError(HotPatchError):
    """The request was refused before the app tried it; nothing changed."""


class BrokenSourceError(HotPatchError):
    """The source can't be compiled."""


class RejectedError(HotPatchError):
    """The app tried the code and rejected it; `code` is an error code of the launch contract."""

    def __init__(self, code: str, message: str, text: str = "") -> None:
        super().__init__(message, text)
        self.code = code


class OutdatedError(RejectedError):
    """A newer state of the source was pushed first."""


class NotStoredError(RefusedError):
    """Writing to the app's `hot/` folder failed."""

    def __init__(self, folder: Path, error: OSError) -> None:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                why = "the disk is full. Make room"
            case errno.EACCES | errno.EPERM | errno.EROFS:
                why = "you may not write there. Make the folder yours, and its disk writable"
            case _:
                why = f"{error.strerror}. Look at the folder"
        super().__init__(f"Nothing can be stored in {folder}: {why}, then try again. Nothing was changed.")


class NoAppError(HotPatchError):
    """No app is running, or none ever ran on this data dir."""
