"""Exception hierarchy. Each message states the cause and the next step."""

import re


class RuntimeStagingError(Exception):
    """Base class. The command line prints its message and exits with `exit_status`."""

    exit_status = 1

    @property
    def code(self) -> str:
        """Error code for `--json`: the class name in snake case, such as "wrong_digest"."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__.removesuffix("Error")).lower()


class PinsError(RuntimeStagingError):
    """pins.json is incomplete or malformed."""


class UnsupportedTargetError(RuntimeStagingError):
    """The host or the requested target is not one of the six pinned targets."""


class SourceUnreachableError(RuntimeStagingError):
    """A source could not be contacted. The next source is tried after this error only."""

    exit_status = 3


class SourceRefusedError(RuntimeStagingError):
    """A source responded, but does not have the archive (such as HTTP 404), or its TLS certificate is not trusted."""


class NotFoundError(SourceRefusedError):
    """The server returned 404, or the file:// URL does not exist."""


class ArchiveTruncatedError(RuntimeStagingError):
    """A download or an archive is truncated."""


class WrongDigestError(RuntimeStagingError):
    """The SHA-256 digest does not match."""


class WrongVersionError(RuntimeStagingError):
    """The archive's Python version is not the pinned version."""


class UnsafeArchiveError(RuntimeStagingError):
    """An archive member is outside python/, a special file, or a link whose target is outside, missing or circular."""


class LayoutError(RuntimeStagingError):
    """The archive or tree does not have the install_only layout, or has a path that is invalid on a target."""


class DiskFullError(RuntimeStagingError):
    """The disk or quota is full."""


class InputMissingError(RuntimeStagingError):
    """A file or folder of the project, or a path given by the user, does not exist."""


class ToolMissingError(RuntimeStagingError):
    """A required program or system package is not installed."""


class StepFailedError(RuntimeStagingError):
    """A step failed, such as a subprocess that exited with an error."""


class SelfCheckError(RuntimeStagingError):
    """The staged tree violates the launch contract."""


class TreeDamagedError(RuntimeStagingError):
    """A staged tree is missing, or differs from its manifest."""

    exit_status = 4


class NotShippableError(TreeDamagedError):
    """A staged tree is intact, but was built from the Go module."""


class PinsDisagreeError(RuntimeStagingError):
    """Independent sources list different digests for the same release."""

    exit_status = 5


class SigningError(RuntimeStagingError):
    """A file could not be signed, or its signature is invalid."""


class StagingBusyError(RuntimeStagingError):
    """Another process held the staging lock longer than the timeout."""
