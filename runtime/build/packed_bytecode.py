"""Path entry finder that reads bytecode from one packed file. Copied into every tree and imported by its bundle.pth.

Startup imports about 670 modules. docs/benchmarks.md compares the time with that of separate .pyc files.
Sources are unchanged. Modules outside the pack are found in their folder.
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

Location = tuple[bool, int, int]
"""Whether the module is a package; offset and length of its .pyc in bytes."""
Modules = dict[str, Location]
Folders = dict[str, Modules]

FILE_NAME = "packed_bytecode.bin"
MODULE_NAME = "packed_bytecode"
"""Name of this module in a tree. Staging imports it as a module of `runtime`, for the constants shared with the packer."""
INDEX_LENGTH_BYTES = 8
WINDOW_BYTES = 1 << 20
"""Size of the mapped window. The pack is in the order of startup imports, so startup reads it sequentially."""
BYTECODE = tuple(BYTECODE_SUFFIXES)
LOADERS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
"""The same loaders as Python's FileFinder."""


class Pack:
    """The pack file: length of the index (INDEX_LENGTH_BYTES bytes, little-endian), marshalled index, .pyc data.

    The index contains the relative path to the tree's root and, per folder (relative to the root), its modules:
    is-package flag, offset and length of the .pyc in bytes, counted from the end of the index.
    """

    def __init__(self, folder: str) -> None:
        """Raises FileNotFoundError."""
        self.file = FileIO(join(folder, FILE_NAME))
        length = int.from_bytes(self.file.read(INDEX_LENGTH_BYTES), "little")
        to_root: str
        self.folders: Folders
        to_root, self.folders = marshal.loads(self.file.read(length))  # noqa: S302 (as trusted as the .pyc data after it)
        self._first = INDEX_LENGTH_BYTES + length
        self.root = join(normpath(join(folder, to_root)), "")
        self._lock = allocate_lock()
        self._size = stat(join(folder, FILE_NAME)).st_size
        self._window, self._from = memoryview(b""), 0

    def finder(self, folder: str) -> FileFinder:
        """Path hook: return the finder of a folder in the pack. Raises ImportError for any other folder."""
        modules = self.folders.get(folder.removeprefix(self.root)) if folder.startswith(self.root) else None
        if modules is None:
            raise ImportError("folder is not in the pack", path=folder)
        return PackedFinder(self, folder, modules)

    def read(self, offset: int, length: int) -> memoryview:
        """Return one .pyc as a view of the mapped file, which takes a tenth of the time of a read."""
        first = self._first + offset
        with self._lock:
            if not self._from <= first <= first + length <= self._from + len(self._window):
                self._from = first - first % ALLOCATIONGRANULARITY
                size = min(max(WINDOW_BYTES, first + length - self._from), self._size - self._from)
                self._window = memoryview(mmap(self.file.fileno(), size, access=ACCESS_READ, offset=self._from))
            return self._window[first - self._from :][:length]


class PackedLoader(SourceFileLoader):
    """Loader of a module whose .pyc is in the pack."""

    def __init__(self, fullname: str, path: str, pack: Pack, location: Location) -> None:
        super().__init__(fullname, path)
        self._pack = pack
        self._package, self._offset, self._length = location

    def is_package(self, fullname: str) -> bool:
        return self._package

    def path_stats(self, path: str) -> "Mapping[str, float]":
        return {"mtime": 0}  # packed bytecode is not checked against its source

    def get_data(self, path: str) -> bytes:
        if path.endswith(BYTECODE):
            return self._pack.read(self._offset, self._length)  # type: ignore[return-value] # importlib takes any buffer
        return super().get_data(path)


class PackedFinder(FileFinder):
    """Path entry finder of a folder in the pack. FileFinder finds other files, such as extension modules."""

    def __init__(self, pack: Pack, folder: str, modules: Modules) -> None:
        super().__init__(folder, *LOADERS)
        self._pack = pack
        self._modules = modules

    def find_spec(self, fullname: str, target: "ModuleType | None" = None) -> ModuleSpec | None:
        name = fullname.rpartition(".")[2]
        location = self._modules.get(name)
        if location is None:
            return super().find_spec(fullname, target)
        folder = join(self.path, name)
        path = join(folder, "__init__.py") if location[0] else f"{folder}.py"
        loader = PackedLoader(fullname, path, self._pack, location)
        spec = ModuleSpec(fullname, loader, origin=path)
        spec.has_location = True
        if location[0]:
            spec.submodule_search_locations = [folder]
        return spec


def install_path_hook(folder: str) -> None:
    """Install the path hook for the pack in `folder`; does nothing if the pack does not exist."""
    try:
        pack = Pack(folder)
    except FileNotFoundError:
        return
    sys.path_hooks.insert(0, pack.finder)
    sys.path_importer_cache.clear()


if __name__ == MODULE_NAME:
    install_path_hook(dirname(__file__))
