"""Debug builds of the shell, safe for concurrent tests. Linux only, as the window tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.app import PROGRAM as NAME
from harness.app import ROOT

PROGRAM = ROOT / "src-tauri" / "target" / "debug" / NAME
_BUILD = [sys.executable, "-B", str(ROOT / "scripts" / "run.py"), "scripts.setup.cargo", "build", "--features"]
_ENGINE = ("tauri-plugin-python-backend", "backend-supervisor")


def build_shell(folder: Path, *, is_release: bool = False) -> Path:
    """Build the shell and return a hard link to it in `folder`, which later builds do not replace.

    `is_release` disables debug assertions, by which the shell detects release builds. Raises CalledProcessError.
    """
    with _locked(ROOT / "build" / "shell.lock"):
        if is_release:
            crates = (NAME, *_ENGINE)
            off = [
                word for crate in crates for word in ("--config", f"profile.dev.package.{crate}.debug-assertions=false")
            ]
            subprocess.run([*_BUILD, "custom-protocol", *off], check=True)
        else:
            subprocess.run([*_BUILD, "custom-protocol,hot-reload"], check=True)
        # Cargo deletes and rewrites the executable, even if it builds another target.
        with _locked(PROGRAM.parent / ".cargo-lock"):
            linked = _link(PROGRAM, folder / PROGRAM.name)
        if is_release:
            subprocess.run([*_BUILD, "custom-protocol,hot-reload"], check=True)
    return linked


def _link(program: Path, to: Path) -> Path:
    try:
        os.link(program, to)
    except OSError:  # another file system
        shutil.copy2(program, to)
    return to


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, which is created if it is missing."""
    if sys.platform == "win32":
        raise NotImplementedError
    import fcntl

    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
