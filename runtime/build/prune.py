"""Removes unused and non-redistributable files from the interpreter and site-packages."""

import shutil
from pathlib import Path

from runtime.errors import LayoutError
from runtime.targets import is_windows

UNUSED_STDLIB = (
    # Makefile and static library for building extension modules.
    "config-*",
    *("idlelib", "ensurepip", "pydoc_data", "tkinter", "turtledemo", "turtle.py", "test", "lib2to3", "**/__pycache__"),
    # Build variables for other tools; sysconfig reads _sysconfigdata instead.
    "_sysconfig_vars*.json",
    # pip and setuptools of the interpreter; runtime/build/pth.py adds the .pth later.
    "site-packages/*",
)
UNUSED_NATIVE_MODULES = (
    # Uses Berkeley DB, whose license requires shipping the source of the app.
    "_dbm.*",
    *("_gdbm.*", "_tkinter*", "_test*", "_ctypes_test*", "_xxtestfuzz*", "xxlimited*", "tcl*.dll", "tk*.dll"),
)
UNUSED_ON_UNIX = (
    *("include", "share", "lib/pkgconfig", "lib/*.a"),
    *("lib/tcl*", "lib/tk*", "lib/itcl*", "lib/thread*", "lib/Tix*", "lib/libtcl*", "lib/libtk*"),
)
UNUSED_ON_WINDOWS = ("include", "libs", "tcl", "Scripts", "share")
_LIBRARIES = ("*.so", "*.dylib", "*.exe", "*.dll", "*.pyd")
UNUSED_IN_SITE_PACKAGES = ("bin", "Scripts", ".lock", "*/tests")


def _remove(root: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in list(root.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _remove_if_unlinked(python: Path, libraries: list[Path]) -> None:
    """Remove `libraries` if no other binary is linked to them (searches all binaries for the libraries' names)."""
    binaries = [python / "bin" / "python3", *(path for kind in _LIBRARIES for path in python.rglob(kind))]
    others = [path for path in binaries if path.is_file() and path not in libraries]
    named = {library.name.lower().encode() for library in libraries}
    if not any(name in path.read_bytes().lower() for path in others for name in named):
        for library in libraries:
            library.unlink()


def prune_python(python: Path, target: str, minor: str) -> None:
    """Prune an unpacked interpreter. `minor` is a version such as "3.14". One interpreter file remains in `bin/`."""
    if is_windows(target):
        _remove(python, UNUSED_ON_WINDOWS)
        _remove(python / "Lib", UNUSED_STDLIB)
        _remove(python / "DLLs", UNUSED_NATIVE_MODULES)
        # Only Tcl uses zlib1.dll; Python's zlib is linked statically.
        _remove_if_unlinked(python, list((python / "DLLs").glob("zlib1.dll")))
        return
    _keep_one_interpreter(python / "bin")
    stdlib = python / "lib" / f"python{minor}"
    _remove(python, UNUSED_ON_UNIX)
    _remove(stdlib, UNUSED_STDLIB)
    _remove(stdlib / "lib-dynload", UNUSED_NATIVE_MODULES)
    # The interpreter is statically linked with libpython; the shared library (29 MB) is for embedding.
    _remove_if_unlinked(python, [path for path in (python / "lib").glob("libpython3*") if path.suffix != ".a"])


def _keep_one_interpreter(bin_dir: Path) -> None:
    """Remove all files in bin/ except `python3`: scripts, and copies of the interpreter that unpack() made of links."""
    if not (bin_dir / "python3").is_file():
        raise LayoutError(
            f"{bin_dir} contains no python3. The archive is not an install_only archive; check --archive and RUNTIME_ARCHIVE."
        )
    real = (bin_dir / "python3").resolve()
    if real.name != "python3":
        (bin_dir / "python3").unlink()
        real.rename(bin_dir / "python3")
    for path in bin_dir.iterdir():
        if path.name != "python3":
            path.unlink()


def prune_site_packages(site_packages: Path) -> None:
    """Remove console scripts (their shebang is a path on the build machine), uv's lock file, and tests."""
    _remove(site_packages, UNUSED_IN_SITE_PACKAGES)
