"""Everything that can go wrong here, as one tree. Each message says what happened and what to do next."""

import re


class RuntimeStagingError(Exception):
    """Base of all; the command line prints its text and exits with `exit_status`."""

    exit_status = 1

    @property
    def code(self) -> str:
        """For programs (`--json`): the class's name, like "wrong_digest"."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__.removesuffix("Error")).lower()


class PinsError(RuntimeStagingError):
    """pins.json lacks or garbles something."""


class UnsupportedTargetError(RuntimeStagingError):
    """This machine, or the target asked for, is not one of the six pinned."""


class SourceUnreachableError(RuntimeStagingError):
    """A source could not be contacted at all. The only error after which the next source is tried."""

    exit_status = 3


class SourceRefusedError(RuntimeStagingError):
    """A source answered, but does not serve the archive (404 and the like), or is not trusted (TLS)."""


class NotFoundError(SourceRefusedError):
    """A server says there is no such file (404), or a file:// address names none."""


class ArchiveTruncatedError(RuntimeStagingError):
    """A transfer or an archive ended early."""


class WrongDigestError(RuntimeStagingError):
    """Bytes whose sha256 is not the expected one."""


class WrongVersionError(RuntimeStagingError):
    """An archive that holds another version of Python than the pinned one."""


class UnsafeArchiveError(RuntimeStagingError):
    """An archive member that would land, or point, outside the folder it is unpacked to."""


class LayoutError(RuntimeStagingError):
    """An archive or tree that is not laid out as install_only archives are."""


class DiskFullError(RuntimeStagingError):
    """No space, or no quota, left."""


class InputMissingError(RuntimeStagingError):
    """A file or folder of the project, or one named by the user, is not there."""


class ToolMissingError(RuntimeStagingError):
    """A program or system package that a step needs is not installed."""


class StepFailedError(RuntimeStagingError):
    """A program that a step ran exited with an error."""


class SelfCheckError(RuntimeStagingError):
    """The staged tree runs, but not the way the launch contract demands."""


class TreeDamagedError(RuntimeStagingError):
    """A staged tree is missing, or differs from its manifest."""

    exit_status = 4


class NotShippableError(TreeDamagedError):
    """A staged tree is intact but not made from the pinned release, and may not be shipped."""


class PinsDisagreeError(RuntimeStagingError):
    """Independent sources name different archives for the same release."""

    exit_status = 5


class SigningError(RuntimeStagingError):
    """A file could not be signed, or its signature is not good."""


class StagingBusyError(RuntimeStagingError):
    """Another staging held the lock for too long."""
