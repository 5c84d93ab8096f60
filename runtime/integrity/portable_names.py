"""Rejects file names that are invalid on any target's file system."""

import re
import unicodedata
from collections.abc import Iterable

from runtime.errors import LayoutError

MAX_PATH_LENGTH = 160
"""Maximum path length in the tree, in characters. Windows allows 259; `C:\\Users\\<20>\\AppData\\Local\\<40>\\runtime\\` uses 93."""

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[ .]$')


def longest(names: Iterable[str]) -> str:
    """The longest path (the first in sort order if several); empty without paths."""
    return min(names, key=lambda name: (-len(name), name), default="")


def _case_folded(name: str) -> str:
    """Key that is equal for names that Windows (by case) or macOS (by case and normalization) does not distinguish."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def check_names(names: Iterable[str]) -> None:
    """Check paths relative to a tree (forward slashes). Raises LayoutError with at most ten invalid paths."""
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
                problems.append(f"{prefix} and {other} differ only by case or Unicode normalization")
    problems += [
        f"{part!r} is not a valid file name on Windows"
        for part in sorted(parts)
        if _RESERVED.fullmatch(part) or _FORBIDDEN.search(part)
    ]
    if problems:
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise LayoutError(
            f"The tree can't be installed on every system: {'; '.join(problems[:10])}{more}. "
            "Rename a file of the app. For a package, use another version, or list the file's path, relative to "
            "site-packages, in `exclude` in pyproject.toml, [tool.python-backend]."
        )
