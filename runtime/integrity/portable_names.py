"""Refuses names that some target's file system can't hold, whatever the machine that stages thinks of them."""

import re
import unicodedata
from collections.abc import Iterable

from runtime.errors import LayoutError

MAX_PATH_LENGTH = 160
"""Characters inside the tree. Windows' limit is 259; `C:\\Users\\<20>\\AppData\\Local\\<40>\\runtime\\` takes 93 of them."""

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[ .]$')


def longest(names: Iterable[str]) -> str:
    """The longest path; of several, the first in order. Empty if there is none."""
    return min(names, key=lambda name: (-len(name), name), default="")


def _case_folded(name: str) -> str:
    """What macOS and Windows compare: neither case nor the way an accent is written counts."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def check_names(names: Iterable[str]) -> None:
    """Check paths relative to a tree, with forward slashes. Raises LayoutError naming every one at fault (at most ten)."""
    problems: list[str] = []
    seen: dict[str, str] = {}
    parts: set[str] = set()
    for name in sorted(names):
        if len(name) > MAX_PATH_LENGTH:
            problems.append(f"{name} has {len(name)} characters, more than {MAX_PATH_LENGTH}")
        pieces = name.split("/")
        parts.update(pieces)
        for depth in range(1, len(pieces) + 1):
            prefix = "/".join(pieces[:depth])
            other = seen.setdefault(_case_folded(prefix), prefix)
            if other != prefix:
                problems.append(f"{prefix} and {other} differ by case or accents only")
    problems += [
        f"{part!r} is no file name on Windows"
        for part in sorted(parts)
        if _RESERVED.fullmatch(part) or _FORBIDDEN.search(part)
    ]
    if problems:
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise LayoutError(
            f"The tree can't be installed on every system: {'; '.join(problems[:10])}{more}. "
            "Find the package it comes from and choose another version, or drop the file in runtime/build/slim.py."
        )
