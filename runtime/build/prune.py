"""Drops what a backend never uses, and what may not be shipped, from the interpreter and from site-packages."""

import shutil
from pathlib import Path

from runtime.errors import LayoutError
from runtime.targets import is_windows

STDLIB = (
    # The Makefile and static library that extension modules were once built with, on the machine that built this.
    "config-*",
    *("idlelib", "ensurepip", "pydoc_data", "tkinter", "turtledemo", "turtle.py", "test", "lib2to3", "**/__pycache__"),
    # For tools that read a build's variables without running it; sysconfig has the same in _sysconfigdata.
    "_sysconfig_vars*.json",
    # Only the interpreter's own packages: pip, setuptools and the .pth that runtime/build/pth.py adds later.
    "site-packages/*",
)
NATIVE_MODULES = (
    # Built on Berkeley DB, whose license asks for the source of whatever ships it.
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
    """Drop shared libraries unless some other binary names one of them, as a binary does that is linked to it."""
    binaries = [python / "bin" / "python3", *(path for kind in _LIBRARIES for path in python.rglob(kind))]
    others = [path for path in binaries if path.is_file() and path not in libraries]
    named = {library.name.lower().encode() for library in libraries}
    if not any(name in path.read_bytes().lower() for path in others for name in named):
        for library in libraries:
            library.unlink()


def prune_python(python: Path, target: str, minor: str) -> None:
    """Prune an unpacked interpreter; `minor` is like "3.14". One interpreter file is left in `bin/`."""
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
    # The interpreter has libpython linked in; the shared one (about 29 MB) is for programs that embed Python.
    _drop_unused(python, [path for path in (python / "lib").glob("libpython3*") if path.suffix != ".a"])


def _keep_one_interpreter(bin_dir: Path) -> None:
    """`python`, `python3` and `python3.x` are one file under three names, and become three copies where links are followed."""
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
    """Drop scripts (their first line names the build machine) and what the installer left; keep sources and metadata."""
    _drop(site_packages, SITE_PACKAGES)
