"""Debug builds of the shell, safe for concurrent tests. Linux only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.app import PROGRAM, ROOT

SHELL_LOCK = ROOT / "build" / "shell.lock"
"""Locked (flock) while cargo builds the debug shell, until the program is linked elsewhere."""
SHELL_PATH = ROOT / "src-tauri" / "target" / "debug" / PROGRAM
_BUILD = [sys.executable, "-B", str(ROOT / "scripts" / "run.py"), "scripts.setup.cargo", "build", "--features"]
_ENGINE = ("tauri-plugin-python-backend", "backend-supervisor")


def build_shell(folder: Path, *, is_release: bool = False) -> Path:
    """Build the shell and return a hard link to it in `folder`, which later builds do not replace.

    `is_release` disables debug assertions, by which the shell detects release builds. Raises CalledProcessError.
    """
    with _locked(SHELL_LOCK):
        if is_release:
            crates = (PROGRAM, *_ENGINE)
            without_assertions = [
                word for crate in crates for word in ("--config", f"profile.dev.package.{crate}.debug-assertions=false")
            ]
            subprocess.run([*_BUILD, "custom-protocol", *without_assertions], check=True)
        else:
            subprocess.run([*_BUILD, "custom-protocol,hot-reload"], check=True)
        # Cargo deletes and rewrites the executable, even if it builds another target.
        with _locked(SHELL_PATH.parent / ".cargo-lock"):
            linked = _link(SHELL_PATH, folder / SHELL_PATH.name)
        if is_release:
            subprocess.run([*_BUILD, "custom-protocol,hot-reload"], check=True)
    return linked


def _link(program: Path, link: Path) -> Path:
    try:
        os.link(program, link)
    except OSError:  # another file system
        shutil.copy2(program, link)
    return link


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, which is created if it is missing."""
    if sys.platform == "win32":
        raise NotImplementedError
    import fcntl

    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
