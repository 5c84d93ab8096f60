"""Runs subprocesses and converts their failures into RuntimeStagingError."""

import errno
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import DiskFullError, StepFailedError, ToolMissingError


def disk_full_error(where: Path) -> DiskFullError:
    """The error for a full disk, with the path."""
    return DiskFullError(
        f"No space left on the disk of {where}. Staging requires about 400 MB. Free disk space and run the command again."
    )


@contextmanager
def reporting_disk_full(where: Path) -> Iterator[None]:
    """Convert ENOSPC and EDQUOT into DiskFullError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full_error(where) from error
        raise


def execute(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program and return its result with any exit status. Raises FileNotFoundError if it is not installed."""
    return subprocess.run(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    advice: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a program and return its stdout.

    Raises StepFailedError with the last 15 lines of output and the advice, ToolMissingError, DiskFullError.
    """
    try:
        result = execute(command, env=env, cwd=cwd)
    except FileNotFoundError as error:
        raise ToolMissingError(f"Could not {what}: {command[0]} is not installed.") from error
    if result.returncode == 0:
        return result.stdout
    output = (result.stdout + result.stderr).strip()
    if "No space left on device" in output or "os error 28" in output:
        raise disk_full_error(cwd or Path.cwd())
    tail = "\n".join(output.splitlines()[-15:])
    raise StepFailedError(
        f"Could not {what}: {Path(command[0]).name} exited with status {result.returncode}.\n{tail}\n{advice}".rstrip()
    )
