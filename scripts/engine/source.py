"""Provides the source of an upgrade: a folder, or a git repository with an optional ref."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.engine.parts import EngineError


@contextmanager
def engine_source(address: str, ref: str | None) -> Iterator[Path]:
    """
    Yield a folder with the project at `address`: a local folder, or a temporary clone of a git repository at `ref`
    (branch, tag or commit). Raises EngineError if it cannot be read.
    """
    folder = Path(address).expanduser()
    if not ref and folder.is_dir():
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="engine-") as scratch:
        clone = Path(scratch, "engine")
        origin = str(folder.resolve()) if folder.exists() else address
        _git("init", "-q", "--", str(clone))
        _git("-C", str(clone), "remote", "add", "--", "origin", origin)
        _git("-C", str(clone), "fetch", "-q", "--depth", "1", "--", "origin", ref or "HEAD")
        _git("-C", str(clone), "checkout", "-q", "FETCH_HEAD")
        yield clone


def _git(*arguments: str) -> None:
    done = subprocess.run(
        ["git", "-c", "protocol.ext.allow=never", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise EngineError(f"git could not read the engine: {reason}. Check FROM and REF. Nothing was changed.")
