"""Compiles bytecode that stays valid however the tree is copied.

Unchecked-hash .pyc (PEP 552): installers and Tauri's resource copy do not keep mtimes, which would make timestamped ones stale.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from runtime.app_source import APP_SRC, NO_RULES, PackageRules
from runtime.errors import InputMissingError
from runtime.host.environment import tool_env
from runtime.host.processes import run
from runtime.targets import host_target, interpreter_in

LEAN = Path(__file__).with_name("lean_compileall.py")


def pattern_without_bytecode(rules: PackageRules) -> str:
    """A regular expression of the paths that `rules` leave without bytecode; it matches nothing without rules."""
    folders = "|".join(r"[\\/]".join(map(re.escape, glob.split("/"))) for glob in rules.without_bytecode)
    return rf"[\\/]site-packages[\\/]({folders})[\\/]" if folders else r"(?!)"


def compiler_for(tree: Path, target: str, host_tree: Path, minor: str) -> Path:
    """The interpreter to compile with: the tree's own, or for a foreign target this machine's staged one.

    Bytecode depends on the minor version alone. Raises InputMissingError.
    """
    host = host_target()
    if target == host:
        return interpreter_in(tree, target)
    staged = interpreter_in(host_tree, host)
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    if not staged.is_file() or run([staged, "-I", "-c", ask], what="ask for its version").strip() != minor:
        raise InputMissingError(
            f"Bytecode for {target} is compiled by this machine's own staged Python {minor}, which is not there. "
            "Run `python3 -m runtime stage` first, without --target."
        )
    return staged


def compile_bytecode(interpreter: Path, root: Path, folders: Sequence[Path], rules: PackageRules = NO_RULES) -> None:
    """Compile the modules below `folders`, except those that `rules` leave out; tracebacks name files relative to `root` until imported. Raises StepFailedError.

    The app's as Python does; all others lean: no docstrings, and no columns for tracebacks to underline. In one process
    (8 s): the ones it would start do not inherit -X no_debug_ranges.
    """
    python: list[str | Path] = [interpreter, "-I", "-B", "-X", "utf8"]
    options: list[str | Path] = [
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
        "-x",
        pattern_without_bytecode(rules),
        "-s",
        root,
    ]
    app = [folder for folder in folders if folder.name == APP_SRC]
    others = [folder for folder in folders if folder not in app]
    if app:
        run([*python, "-m", "compileall", *options, *app], what="compile bytecode", env=tool_env())
    if others:
        keep = os.pathsep.join(rules.keep_docstrings)
        run([*python, "-X", "no_debug_ranges", LEAN, keep, *options, *others], what="compile bytecode", env=tool_env())
