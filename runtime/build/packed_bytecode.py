"""Copied into every tree and imported by its bundle.pth: bytecode comes from one file, not from one beside each module.

A start imports some 670 modules: what it takes to look for each in its folder and to open it is in docs/benchmarks.md.
Sources stay where they are, and what the pack does not know is looked up in its folder.
"""

import marshal
import sys
from _thread import allocate_lock  # what threading.Lock is
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from io import FileIO
from mmap import ACCESS_READ, ALLOCATIONGRANULARITY, mmap
from os import stat
from os.path import dirname, join, normpath

TYPE_CHECKING = False
if TYPE_CHECKING:  # every Python of the tree imports this file: no more than it needs
    from collections.abc import Mapping
    from types import ModuleType

Place = tuple[bool, int, int]
Modules = dict[str, Place]
Folders = dict[str, Modules]

NAME = "packed_bytecode.bin"
PTH_IMPORTS = "packed_bytecode"
"""Its name in a tree. (Staging imports it too, as a part of `runtime`, for what it has in common with the packer.)"""
LENGTH = 8
WINDOW = 1 << 20
"""Bytes that are mapped at once: a start reads what it imports in the order of the file."""
BYTECODE = tuple(BYTECODE_SUFFIXES)
LOADERS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
"""As Python's own finder of a folder has them."""


class Pack:
    """The file beside this one: the length of its index (LENGTH bytes, little-endian), the index by marshal, the .pyc.

    The index: the path from here to the tree's root; and for each folder (relative to the root) its modules: whether it
    is a package, then offset and length of its .pyc in bytes, from the index's end.
    """

    def __init__(self, folder: str) -> None:
        """Raises FileNotFoundError."""
        self.file = FileIO(join(folder, NAME))
        length = int.from_bytes(self.file.read(LENGTH), "little")
        to_root: str
        self.folders: Folders
        to_root, self.folders = marshal.loads(self.file.read(length))  # noqa: S302 (as trusted as the .pyc behind it)
        self._first = LENGTH + length
        self.root = join(normpath(join(folder, to_root)), "")
        self._lock = allocate_lock()
        self._size = stat(join(folder, NAME)).st_size
        self._window, self._from = memoryview(b""), 0

    def finder(self, folder: str) -> FileFinder:
        """What sys.path_hooks wants: the finder for one of the pack's folders. Raises ImportError for any other."""
        modules = self.folders.get(folder.removeprefix(self.root)) if folder.startswith(self.root) else None
        if modules is None:
            raise ImportError("not a packed folder", path=folder)
        return PackedFolder(self, folder, modules)

    def read(self, offset: int, length: int) -> memoryview:
        """One .pyc. Mapped and not read into fresh memory, whose pages would cost ten times as much."""
        first = self._first + offset
        with self._lock:
            if not self._from <= first <= first + length <= self._from + len(self._window):
                self._from = first - first % ALLOCATIONGRANULARITY
                size = min(max(WINDOW, first + length - self._from), self._size - self._from)
                self._window = memoryview(mmap(self.file.fileno(), size, access=ACCESS_READ, offset=self._from))
            return self._window[first - self._from :][:length]


class PackedLoader(SourceFileLoader):
    """Of a module whose .pyc is in the pack."""

    def __init__(self, fullname: str, path: str, pack: Pack, place: Place) -> None:
        super().__init__(fullname, path)
        self._pack = pack
        self._package, self._offset, self._length = place

    def is_package(self, fullname: str) -> bool:
        return self._package

    def path_stats(self, path: str) -> "Mapping[str, float]":
        return {"mtime": 0}  # packed bytecode is never compared with its source

    def get_data(self, path: str) -> bytes:
        if path.endswith(BYTECODE):
            return self._pack.read(self._offset, self._length)  # type: ignore[return-value] # importlib takes any buffer
        return super().get_data(path)


class PackedFolder(FileFinder):
    """Knows a folder's modules without looking; extension modules and the like are found as ever."""

    def __init__(self, pack: Pack, folder: str, modules: Modules) -> None:
        super().__init__(folder, *LOADERS)
        self._pack = pack
        self._modules = modules

    def find_spec(self, fullname: str, target: "ModuleType | None" = None) -> ModuleSpec | None:
        name = fullname.rpartition(".")[2]
        place = self._modules.get(name)
        if place is None:
            return super().find_spec(fullname, target)
        folder = join(self.path, name)
        path = join(folder, "__init__.py") if place[0] else f"{folder}.py"
        loader = PackedLoader(fullname, path, self._pack, place)
        spec = ModuleSpec(fullname, loader, origin=path)
        spec.has_location = True
        if place[0]:
            spec.submodule_search_locations = [folder]
        return spec


def use(folder: str) -> None:
    """From now on find modules by the pack in `folder`; without one (it is being made) all stays as it was."""
    try:
        pack = Pack(folder)
    except FileNotFoundError:
        return
    sys.path_hooks.insert(0, pack.finder)
    sys.path_importer_cache.clear()


if __name__ == PTH_IMPORTS:
    use(dirname(__file__))
