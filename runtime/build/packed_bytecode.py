"""Path entry finder that reads bytecode from one packed file. Copied into every tree and imported by its bundle.pth.

Startup imports about 670 modules; docs/benchmarks.md has the cost of finding and opening each .pyc file.
Sources are unchanged. Modules that are not in the pack are found in their folder.
"""

import marshal
import sys
from _thread import allocate_lock  # threading.Lock without importing threading
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
if TYPE_CHECKING:  # every process imports this file: minimal imports
    from collections.abc import Mapping
    from types import ModuleType

Place = tuple[bool, int, int]
Modules = dict[str, Place]
Folders = dict[str, Modules]

NAME = "packed_bytecode.bin"
PTH_IMPORTS = "packed_bytecode"
"""The module's name in a tree. Staging imports it as a module of `runtime`, for the constants shared with the packer."""
LENGTH = 8
WINDOW = 1 << 20
"""Size of a mapped window in bytes; startup imports are in file order."""
BYTECODE = tuple(BYTECODE_SUFFIXES)
LOADERS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
"""The same loaders as Python's FileFinder."""


class Pack:
    """The pack file: length of the index (LENGTH bytes, little-endian), marshalled index, .pyc data.

    The index contains the relative path to the tree's root and, per folder (relative to the root), its modules:
    is-package flag, offset and length of the .pyc in bytes, counted from the end of the index.
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
        """Path hook: return the finder of a packed folder. Raises ImportError for any other folder."""
        modules = self.folders.get(folder.removeprefix(self.root)) if folder.startswith(self.root) else None
        if modules is None:
            raise ImportError("not a packed folder", path=folder)
        return PackedFolder(self, folder, modules)

    def read(self, offset: int, length: int) -> memoryview:
        """Return one .pyc as a view of the mapped file; reading into new memory costs ten times as much."""
        first = self._first + offset
        with self._lock:
            if not self._from <= first <= first + length <= self._from + len(self._window):
                self._from = first - first % ALLOCATIONGRANULARITY
                size = min(max(WINDOW, first + length - self._from), self._size - self._from)
                self._window = memoryview(mmap(self.file.fileno(), size, access=ACCESS_READ, offset=self._from))
            return self._window[first - self._from :][:length]


class PackedLoader(SourceFileLoader):
    """Loader of a module whose .pyc is in the pack."""

    def __init__(self, fullname: str, path: str, pack: Pack, place: Place) -> None:
        super().__init__(fullname, path)
        self._pack = pack
        self._package, self._offset, self._length = place

    def is_package(self, fullname: str) -> bool:
        return self._package

    def path_stats(self, path: str) -> "Mapping[str, float]":
        return {"mtime": 0}  # packed bytecode is not checked against its source

    def get_data(self, path: str) -> bytes:
        if path.endswith(BYTECODE):
            return self._pack.read(self._offset, self._length)  # type: ignore[return-value] # importlib takes any buffer
        return super().get_data(path)


class PackedFolder(FileFinder):
    """Finder of a packed folder. Other files, such as extension modules, are found by FileFinder."""

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
    """Install the path hook for the pack in `folder`; does nothing if there is no pack yet."""
    try:
        pack = Pack(folder)
    except FileNotFoundError:
        return
    sys.path_hooks.insert(0, pack.finder)
    sys.path_importer_cache.clear()


if __name__ == PTH_IMPORTS:
    use(dirname(__file__))
