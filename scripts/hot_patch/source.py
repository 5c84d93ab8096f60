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
from scripts.hot_patch.errors import CompileError, PreconditionError

RECENT_S = 2.0
"""Files modified more recently are always read again: on a file system with coarse mtimes, another edit may not change it."""

MAX_FILE_BYTES = 10_000_000
"""Maximum size of a source file in bytes: every generation stores all files."""

UNREADABLE_S = 1.0
"""A source that can't be read is an error only after this many seconds: editors replace files."""

GENERATION_FILE = "generation.json"
"""Metadata of a generation, next to its packages."""

Stat = tuple[int, int, int, int]


@dataclass(frozen=True)
class Snapshot:
    """Source files of the backend by their path in the source folder."""

    files: dict[str, bytes]
    read_at: int = field(default=0, compare=False)
    """Start of the read in nanoseconds of the monotonic clock: an older snapshot must not replace a newer one."""

    @cached_property
    def digest(self) -> str:
        """Hex digest as the backend reports it (`backend_host/launch/digest.py`)."""
        digest = hashlib.sha256()
        for name in sorted(self.files, key=lambda name: name.split("/")):
            digest.update(f"{name}\0{len(self.files[name])}\0".encode())
            digest.update(self.files[name])
        return digest.hexdigest()

    def changed_from(self, other: "Snapshot") -> list[str]:
        """Names of files that are new or differ from `other`; deleted files are not included."""
        return [name for name, content in self.files.items() if other.files.get(name) != content]

    def compile_files(self, names: list[str], origin: Path) -> None:
        """Compile these files. Raises CompileError with the location in `origin`."""
        for name in names:
            if name.endswith(".py"):
                try:
                    with warnings.catch_warnings(action="ignore"):
                        compile(self.files[name], str(origin / name), "exec", dont_inherit=True)
                except (SyntaxError, ValueError) as error:
                    text = "".join(traceback.format_exception_only(error))
                    raise CompileError(f"{name} can't be compiled: {error}", text) from None


@dataclass
class Source:
    """Source packages with a cache of unchanged files."""

    folder: Path
    packages: tuple[str, ...] | None = None
    """Packages or single modules (with `.py`) in `folder`; None for all of its content, as in a generation."""
    _stats: dict[str, Stat] = field(default_factory=dict)
    _files: dict[str, bytes] = field(default_factory=dict)
    _unreadable_since: float | None = None

    def read(self) -> Snapshot:
        """Read the current source.

        Raises OSError, which may be temporary. Raises PreconditionError if it persists for UNREADABLE_S, and for a symlink, a
        file larger than MAX_FILE_BYTES or a name that is not UTF-8.
        """
        try:
            snapshot = self._read()
        except OSError as error:
            self._unreadable_since = self._unreadable_since or time.monotonic()
            if time.monotonic() - self._unreadable_since > UNREADABLE_S:
                raise PreconditionError(f"The source can't be read: {error}. Check its permissions.") from error
            raise
        self._unreadable_since = None
        return snapshot

    def _read(self) -> Snapshot:
        read_at = time.monotonic_ns()
        stats = self._walk()
        now = time.time_ns()
        for name, stat_key in stats.items():
            recent = abs(now - stat_key[0]) < RECENT_S * 1e9
            if recent or name not in self._files or self._stats.get(name) != stat_key:
                self._files[name] = (self.folder / name).read_bytes()
        self._files = {name: self._files[name] for name in stats}
        self._stats = stats
        return Snapshot(dict(self._files), read_at)

    def _walk(self) -> dict[str, Stat]:
        found: dict[str, Stat] = {}
        folders = [str(self.folder)]
        prefix_length = len(folders[0]) + 1
        is_top = True
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if is_excluded(entry.name) or (is_top and not self._is_source(entry.name)):
                        continue
                    info = entry.stat(follow_symlinks=False)
                    if stat.S_ISLNK(info.st_mode):
                        raise PreconditionError(f"{entry.path} is a symbolic link. Replace it with the file.")
                    try:
                        entry.name.encode()
                    except UnicodeEncodeError:
                        raise PreconditionError(f"The name {entry.path!r} is not UTF-8. Rename the file.") from None
                    if stat.S_ISDIR(info.st_mode):
                        folders.append(entry.path)
                    elif stat.S_ISREG(info.st_mode):
                        if info.st_size > MAX_FILE_BYTES:
                            raise PreconditionError(
                                f"{entry.path} is larger than {MAX_FILE_BYTES // 1_000_000} MB. Move data out of the source folder."
                            )
                        name = entry.path[prefix_length:].replace(os.sep, "/")
                        found[name] = (info.st_mtime_ns, info.st_size, info.st_ino, info.st_ctime_ns)
            is_top = False
        return found

    def _is_source(self, name: str) -> bool:
        return name != GENERATION_FILE if self.packages is None else name in self.packages


def read_tree(folder: Path, packages: tuple[str, ...] | None = None) -> Snapshot:
    """Read the packages in a folder once."""
    return Source(folder, packages).read()
