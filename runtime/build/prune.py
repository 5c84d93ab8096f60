"""Removes unused and non-redistributable files from the interpreter and site-packages."""

import shutil
from pathlib import Path

from runtime.errors import LayoutError
from runtime.targets import is_windows

STDLIB = (
    # Makefile and static library for building extension modules.
    "config-*",
    *("idlelib", "ensurepip", "pydoc_data", "tkinter", "turtledemo", "turtle.py", "test", "lib2to3", "**/__pycache__"),
    # Build variables for other tools; sysconfig reads _sysconfigdata instead.
    "_sysconfig_vars*.json",
    # pip and setuptools of the interpreter; runtime/build/pth.py adds the .pth later.
    "site-packages/*",
)
NATIVE_MODULES = (
    # Uses Berkeley DB, whose license requires the source of any program that ships it.
    "_dbm.*",
    *("_gdbm.*", "_tkinter*", "_test*", "_ctypes_test*", "_xxtestfuzz*", "xxlimited*", "tcl*.dll", "tk*.dll"),
)
UNIX = (
    *("include", "share", "lib/pkgconfig", "lib/*.a"),
    *("lib/tcl*", "lib/tk*", "lib/itcl*", "lib/thread*", "lib/Tix*", "lib/libtcl*", "lib/libtk*"),
)
WINDOWS = ("include", "libs", "tcl", "Scripts", "share")
_LIBRARIES = ("*.so", "*.dylib", "*.exe", "*.dll", "*.pyd")
SITE_PACKAGES = ("bin", "Scripts", ".lock", "*/tests")


def _drop(root: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in list(root.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _drop_unused(python: Path, libraries: list[Path]) -> None:
    """Remove shared libraries that no other binary is linked to (searches binaries for the library's name)."""
    binaries = [python / "bin" / "python3", *(path for kind in _LIBRARIES for path in python.rglob(kind))]
    others = [path for path in binaries if path.is_file() and path not in libraries]
    named = {library.name.lower().encode() for library in libraries}
    if not any(name in path.read_bytes().lower() for path in others for name in named):
        for library in libraries:
            library.unlink()


def prune_python(python: Path, target: str, minor: str) -> None:
    """Prune an unpacked interpreter. `minor` is a version such as "3.14". One interpreter file remains in `bin/`."""
    if is_windows(target):
        _drop(python, WINDOWS)
        _drop(python / "Lib", STDLIB)
        _drop(python / "DLLs", NATIVE_MODULES)
        _drop_unused(python, list((python / "DLLs").glob("zlib1.dll")))  # Tcl's; Python's zlib is linked in
        return
    _keep_one_interpreter(python / "bin")
    stdlib = python / "lib" / f"python{minor}"
    _drop(python, UNIX)
    _drop(stdlib, STDLIB)
    _drop(stdlib / "lib-dynload", NATIVE_MODULES)
    # The interpreter is statically linked with libpython; the shared library (29 MB) is for embedding.
    _drop_unused(python, [path for path in (python / "lib").glob("libpython3*") if path.suffix != ".a"])


def _keep_one_interpreter(bin_dir: Path) -> None:
    """Remove the links `python` and `python3.x` to `python3`: they would become copies where links are followed."""
    if not (bin_dir / "python3").is_file():
        raise LayoutError(f"{bin_dir} holds no python3. The archive is not an install_only one; check what was given.")
    real = (bin_dir / "python3").resolve()
    if real.name != "python3":
        (bin_dir / "python3").unlink()
        real.rename(bin_dir / "python3")
    for path in bin_dir.iterdir():
        if path.name != "python3":
            path.unlink()


def prune_site_packages(site_packages: Path) -> None:
    """Remove console scripts (their shebang contains a path of the build machine) and installer files; sources and metadata remain."""
    _drop(site_packages, SITE_PACKAGES)
