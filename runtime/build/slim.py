"""Reduces a tree's size: removes excluded files, Cython sources, symbols, fallbacks and other architectures."""

import shutil
from pathlib import Path

from runtime.build.elf_strip import strip_tree
from runtime.build.records import rewrite_records
from runtime.build.thin_mach_o import thin_tree

UNUSED_FILES = (
    # Instructions for coding agents.
    "*/.agents",
    # Cython sources of extension modules. Python sources and .pyi files remain.
    *("**/*.pyx", "**/*.pxd"),
)

FALLBACKS = (
    # Python fallbacks of extension modules that all targets have.
    *("_pydatetime.py", "_pydecimal.py", "_pyio.py"),
    # Requires ensurepip, which is pruned.
    "venv",
)


SECOND_INTERPRETERS = ("pythonw.exe",)
"""The Windows interpreter without a console. The launcher starts python.exe and hides its window."""


def slim_python(python: Path, stdlib: Path) -> None:
    """Remove unused fallback modules and the second interpreter."""
    _remove(python, SECOND_INTERPRETERS)
    _remove(stdlib, FALLBACKS)


def slim_packages(site_packages: Path, target: str, exclude: tuple[str, ...] = ()) -> None:
    """Remove unused files and files matching `exclude`, strip and thin native files, and update each package's RECORD."""
    _remove(site_packages, UNUSED_FILES + exclude)
    rewrite_records(site_packages, changed={*strip_tree(site_packages), *thin_tree(site_packages, target)})


def _remove(folder: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
