"""Makes a tree smaller without changing what it does: no test suites, no sources of compiled code, no symbols, no stand-bys, no code for other processors."""

import shutil
from pathlib import Path

from runtime.build.elf_strip import strip_tree
from runtime.build.records import rewrite_records
from runtime.build.thin_mach_o import thin_tree

UNUSED = (
    # Notes for programs that write code.
    "*/.agents",
    # What extension modules were compiled from. Python's own sources and .pyi all stay.
    *("**/*.pyx", "**/*.pxd"),
)

FALLBACKS = (
    # Used only where their compiled twins are missing; every target's release has those.
    *("_pydatetime.py", "_pydecimal.py", "_pyio.py"),
    # Can't make an environment without ensurepip, which is pruned.
    "venv",
)


SECOND_INTERPRETERS = ("pythonw.exe",)
"""Windows' one without a console; the launcher starts the other one and hides its window."""


def slim_python(python: Path, stdlib: Path) -> None:
    """Drop what the interpreter never falls back to here, and leave it in one file."""
    _drop(python, SECOND_INTERPRETERS)
    _drop(stdlib, FALLBACKS)


def slim_packages(site_packages: Path, target: str, exclude: tuple[str, ...] = ()) -> None:
    """Remove unused files and those that match `exclude`, strip and thin native files, and update each package's RECORD."""
    _drop(site_packages, UNUSED + exclude)
    rewrite_records(site_packages, changed={*strip_tree(site_packages), *thin_tree(site_packages, target)})


def _drop(folder: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
