"""Replaces files atomically, and folders with two renames: a process killed between them leaves no folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import StepFailedError

_PREFIX = ".staging-"


@contextmanager
def staging_dir(parent: Path) -> Iterator[Path]:
    """Create a temporary folder in `parent`, on the file system of the final folder, and remove it on exit.

    Also removes folders of killed runs. The caller must hold the staging lock.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for leftover in parent.glob(f"{_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace_dir(new: Path, final: Path, *, scratch: Path) -> None:
    """Rename `new` to `final`. The old folder moves to `scratch` and is restored if the second rename fails."""
    old = scratch / f"old-{final.name}"
    try:
        if final.exists():
            final.rename(old)
        try:
            new.rename(final)
        except OSError:
            if old.exists():
                old.rename(final)
            raise
    except PermissionError as error:
        raise StepFailedError(
            f"{final} can't be replaced: {error.strerror}. If the app runs from it, quit the app."
        ) from error


def write_atomically(path: Path, text: str) -> None:
    """Write a file atomically: readers see either the old or the new text."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
