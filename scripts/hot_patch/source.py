"""Snapshots of the backend's source."""

import hashlib
import os
import stat
import time
import traceback
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from runtime.app_source import is_excluded
from scripts.hot_patch.errors import BrokenSourceError, RefusedError

RECENT_S = 2.0
"""Files modified more recently are always read again: with coarse clocks another change may leave size and mtime equal."""

FILE_BYTES = 10_000_000
"""Maximum size of a source file in bytes; every generation stores all files."""

GENERATION = "generation.json"
"""Describes a generation, next to its packages."""

Stat = tuple[int, int, int, int]


@dataclass(frozen=True)
class Snapshot:
    """Every source file of the backend by its path in the source folder, and the digest that the backend reports."""

    files: dict[str, bytes]
    read_at: int = field(default=0, compare=False)
    """Start of the read in nanoseconds of the monotonic clock: an older snapshot must not replace a newer one."""

    @cached_property
    def digest(self) -> str:
        """Hex digest, computed as in `backend_host/launch/digest.py`."""
        digest = hashlib.sha256()
        for name in sorted(self.files, key=lambda name: name.split("/")):
            digest.update(f"{name}\0{len(self.files[name])}\0".encode())
            digest.update(self.files[name])
        return digest.hexdigest()

    def changed_from(self, other: "Snapshot") -> list[str]:
        """Names of files that are new or differ from `other`; deleted files are not included."""
        return [name for name, content in self.files.items() if other.files.get(name) != content]

    def check(self, names: list[str], origin: Path) -> None:
        """Compile these files. Raises BrokenSourceError with the location in `origin`."""
        for name in names:
            if name.endswith(".py"):
                try:
                    with warnings.catch_warnings(action="ignore"):
                        compile(self.files[name], str(origin / name), "exec", dont_inherit=True)
                except (SyntaxError, ValueError) as error:
                    text = "".join(traceback.format_exception_only(error))
                    raise BrokenSourceError(f"{name} can't be compiled: {error}", text) from None


@dataclass
class Source:
    """Source packages with a cache of unchanged files."""

    folder: Path
    packages: tuple[str, ...] | None = None
    """`packages` are packages or single modules (with `.py`) in `folder`; None: everything in it, as in a generation."""
    _stats: dict[str, Stat] = field(default_factory=dict)
    _files: dict[str, bytes] = field(default_factory=dict)

    def read(self) -> Snapshot:
        """Read the current source. Raises RefusedError for a symlink or a file larger than FILE_BYTES."""
        read_at = time.monotonic_ns()
        stats = self._walk()
        now = time.time_ns()
        for name, about in stats.items():
            recent = abs(now - about[0]) < RECENT_S * 1e9
            if recent or name not in self._files or self._stats.get(name) != about:
                self._files[name] = (self.folder / name).read_bytes()
        self._files = {name: self._files[name] for name in stats}
        self._stats = stats
        return Snapshot(dict(self._files), read_at)

    def _walk(self) -> dict[str, Stat]:
        found: dict[str, Stat] = {}
        folders = [str(self.folder)]
        inside = len(folders[0]) + 1
        top = True
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if is_excluded(entry.name) or (top and not self._is_source(entry.name)):
                        continue
                    about = entry.stat(follow_symlinks=False)
                    if stat.S_ISLNK(about.st_mode):
                        raise RefusedError(f"{entry.path} is a link. Put the file itself there.")
                    if stat.S_ISDIR(about.st_mode):
                        folders.append(entry.path)
                    elif stat.S_ISREG(about.st_mode):
                        if about.st_size > FILE_BYTES:
                            raise RefusedError(
                                f"{entry.path} has more than {FILE_BYTES // 1_000_000} MB. Keep data outside of the source."
                            )
                        name = entry.path[inside:].replace(os.sep, "/")
                        found[name] = (about.st_mtime_ns, about.st_size, about.st_ino, about.st_ctime_ns)
            top = False
        return found

    def _is_source(self, name: str) -> bool:
        return name != GENERATION if self.packages is None else name in self.packages


def read_tree(folder: Path, packages: tuple[str, ...] | None = None) -> Snapshot:
    """Read the packages in a folder once."""
    return Source(folder, packages).read()
