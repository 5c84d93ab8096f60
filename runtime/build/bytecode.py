"""Compiles unchecked-hash .pyc files (PEP 552).

Installers and Tauri's resource copy do not preserve mtimes, which would invalidate timestamp-based .pyc files.
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

LEAN_COMPILEALL = Path(__file__).with_name("lean_compileall.py")


def bytecode_exclusion_pattern(rules: PackageRules) -> str:
    """Regular expression of the paths that are not compiled; without rules it matches no path."""
    folders = "|".join(r"[\\/]".join(map(re.escape, glob.split("/"))) for glob in rules.without_bytecode)
    return rf"[\\/]site-packages[\\/]({folders})[\\/]" if folders else r"(?!)"


def compiler_for(tree: Path, target: str, host_tree: Path, minor: str) -> Path:
    """The interpreter that compiles a tree's bytecode: the tree's interpreter, or for another target the host's staged interpreter.

    Bytecode depends only on the minor version. Raises InputMissingError.
    """
    host = host_target()
    if target == host:
        return interpreter_in(tree, target)
    staged = interpreter_in(host_tree, host)
    version_script = "import sys; print('%d.%d' % sys.version_info[:2])"
    if (
        not staged.is_file()
        or run([staged, "-I", "-c", version_script], what="read the interpreter's version").strip() != minor
    ):
        raise InputMissingError(
            f"Compiling bytecode for {target} requires the host's staged Python {minor}, which does not exist. "
            "Run `python3 -m runtime stage` first, without --target."
        )
    return staged


def compile_bytecode(interpreter: Path, root: Path, folders: Sequence[Path], rules: PackageRules = NO_RULES) -> None:
    """Compile the modules in `folders`, except those excluded by `rules`. Paths in code objects are relative to `root`. Raises StepFailedError.

    App modules are compiled normally, all others without docstrings and column positions. One process (8 s), because
    compileall's workers do not inherit -X no_debug_ranges.
    """
    python: list[str | Path] = [interpreter, "-I", "-B", "-X", "utf8"]
    options: list[str | Path] = [
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
        "-x",
        bytecode_exclusion_pattern(rules),
        "-s",
        root,
    ]
    app = [folder for folder in folders if folder.name == APP_SRC]
    others = [folder for folder in folders if folder not in app]
    if app:
        run([*python, "-m", "compileall", *options, *app], what="compile bytecode", env=tool_env())
    if others:
        keep = os.pathsep.join(rules.keep_docstrings)
        run(
            [*python, "-X", "no_debug_ranges", LEAN_COMPILEALL, keep, *options, *others],
            what="compile bytecode",
            env=tool_env(),
        )
