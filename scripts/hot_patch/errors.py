"""What a push can come to, other than done. Every message says what happened and what to do next."""


class HotPatchError(Exception):
    """`text` is what there is besides the message, such as a traceback."""

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


class NoAppError(HotPatchError):
    """There is no app to ask: none runs, or none ever ran on this data dir."""
