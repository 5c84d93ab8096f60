"""Writes a relative .pth that adds site-packages and app_src to sys.path, so that the tree is relocatable."""

import os
import shutil
from pathlib import Path

from runtime.app_source import APP_SRC
from runtime.build import packed_bytecode
from runtime.targets import stdlib

PTH_NAME = "bundle.pth"
PATH_ENTRIES = (APP_SRC, "site-packages")
"""Folders of the tree in sys.path order."""


def write_pth(tree: Path, target: str, minor: str) -> None:
    """Write the .pth into the interpreter's site-packages. site.py resolves paths relative to that folder.

    The last line imports the finder of packed bytecode.
    """
    interpreter_site = tree / stdlib(target, minor) / "site-packages"
    interpreter_site.mkdir(parents=True, exist_ok=True)
    lines = [Path(os.path.relpath(tree / name, interpreter_site)).as_posix() for name in PATH_ENTRIES]
    lines.append(f"import {packed_bytecode.MODULE_NAME}")
    shutil.copyfile(packed_bytecode.__file__, interpreter_site / f"{packed_bytecode.MODULE_NAME}.py")
    (interpreter_site / PTH_NAME).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
