"""Writes a relative .pth that adds site-packages and app_src to sys.path, so that the tree is relocatable."""

import os
import shutil
from pathlib import Path

from runtime.app_source import APP_SRC
from runtime.build import packed_bytecode
from runtime.targets import stdlib

PTH_NAME = "bundle.pth"
JOINED = (APP_SRC, "site-packages")
"""Folders in sys.path order: app modules first."""


def write_pth(tree: Path, target: str, minor: str) -> None:
    """Write the .pth into the interpreter's site-packages. site.py resolves its lines relative to that folder.

    Its last line imports the finder of packed bytecode.
    """
    own = tree / stdlib(target, minor) / "site-packages"
    own.mkdir(parents=True, exist_ok=True)
    lines = [Path(os.path.relpath(tree / name, own)).as_posix() for name in JOINED]
    lines.append(f"import {packed_bytecode.PTH_IMPORTS}")
    shutil.copyfile(packed_bytecode.__file__, own / f"{packed_bytecode.PTH_IMPORTS}.py")
    (own / PTH_NAME).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
