"""Makes installed packages smaller without changing what they do: no test suites, no sources of compiled code, no symbols."""

import shutil
from pathlib import Path

from runtime.elf_strip import strip_tree
from runtime.records import rewrite_records

UNUSED = (
    # What packages carry for those who test them or their own plug-ins; nothing that runs imports it.
    *("sqlalchemy/testing", "alembic/testing"),
    # What extension modules were compiled from. Python's own sources and .pyi all stay.
    *("**/*.pyx", "**/*.pxd", "cffi/*.h", "markupsafe/*.c"),
)


def slim(site_packages: Path) -> None:
    """Drop, strip, and put the packages' RECORD right, so that their own list of files stays true."""
    for pattern in UNUSED:
        for path in sorted(site_packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    rewrite_records(site_packages, changed=set(strip_tree(site_packages)))
