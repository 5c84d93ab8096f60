"""What a push can come to, other than done. Every message says what happened and what to do next."""

import errno
from pathlib import Path


class HotPatchError(Exception):
    """`text` is additional text, such as a traceback."""

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class RefusedError(HotPatchError):
    """What was asked is not done, and nothing has changed."""


class BrokenSourceError(HotPatchError):
    """The source can't be compiled."""


class NotTakenError(HotPatchError):
    """The app tried the code and did not take it; `code` is one of the launch contract's."""

    def __init__(self, code: str, message: str, text: str = "") -> None:
        super().__init__(message, text)
        self.code = code


class OutdatedError(NotTakenError):
    """A later state of the source was pushed first."""


class NotStoredError(RefusedError):
    """The app's `hot/` folder does not take what is to be written there."""

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
    """There is no app to ask: none runs, or none ever ran on this data dir."""
