"""Small install_only archives with the layout of the real archives (CPython 3.14, release 20260610).

For tests in which a real archive is too large, and for the target that the Go module lacks.
"""

import io
import tarfile
from pathlib import Path

from runtime.targets import is_windows
from runtime.tests.conftest import PINNED_PYTHON, build_details
from runtime.tests.native_files import elf, mach_o, pe, version_resource

_STDLIB = (
    *("os.py", "site.py", "encodings/__init__.py", "LICENSE.txt", "idlelib/idle.py", "ensurepip/__init__.py"),
    *("tkinter/__init__.py", "test/__init__.py", "pydoc_data/topics.py", "venv/__init__.py", "_pydecimal.py"),
    *("site-packages/pip/__init__.py", "site-packages/README.txt", "turtledemo/__init__.py", "__pycache__/os.pyc"),
    "lib-dynload/.empty",
)


def native(target: str, *, program: bool) -> bytes:
    """A minimal native file of a target."""
    if is_windows(target):
        return pe(program=program)
    return mach_o(program=program) if "apple" in target else elf()


def _windows(target: str) -> dict[str, bytes]:
    programs = ("python.exe", "pythonw.exe")
    libraries = (
        *("python3.dll", "python314.dll", "vcruntime140.dll", "DLLs/_ssl.pyd", "DLLs/libssl-3-x64.dll"),
        *("DLLs/_tkinter.pyd", "DLLs/tcl86t.dll", "DLLs/_testcapi.pyd"),
    )
    files = {f"Lib/{name}": b"# " + name.encode() for name in _STDLIB}
    files |= {name: native(target, program=True) for name in programs}
    files |= {name: native(target, program=False) for name in libraries}
    files["LICENSE.txt"] = b"the license"
    files["python314.dll"] += version_resource(PINNED_PYTHON)
    del files["Lib/lib-dynload/.empty"], files["Lib/LICENSE.txt"]
    return files | dict.fromkeys(
        ("libs/python314.lib", "include/Python.h", "tcl/tcl8.6/init.tcl", "Scripts/pip.exe"), b"x"
    )


def _unix(target: str) -> tuple[dict[str, bytes], dict[str, str]]:
    is_macos = "apple" in target
    suffix = "darwin" if is_macos else f"{target.partition('-')[0]}-linux-gnu"
    library = "libpython3.14.dylib" if is_macos else "libpython3.14.so.1.0"
    files = {f"lib/python3.14/{name}": b"# " + name.encode() for name in _STDLIB}
    files |= {
        "bin/python3.14": native(target, program=True),
        "bin/idle3.14": b"#!/install/bin/python3.14\n",
        "bin/pip3": b"#!/install/bin/python3.14\n",
        f"lib/{library}": native(target, program=False),
        "lib/python3.14/build-details.json": build_details().encode(),
        f"lib/python3.14/lib-dynload/_testcapi.cpython-314-{suffix}.so": native(target, program=False),
        f"lib/python3.14/lib-dynload/_tkinter.cpython-314-{suffix}.so": native(target, program=False),
        f"lib/python3.14/lib-dynload/_dbm.cpython-314-{suffix}.so": native(target, program=False),
        "lib/python3.14/config-3.14-x/Makefile": b"",
        "lib/tcl9.0/init.tcl": b"",
        "lib/libtcl9.0.so": native(target, program=False),
        "lib/pkgconfig/python-3.14.pc": b"",
        "include/python3.14/Python.h": b"",
        "share/man/man1/python3.14.1": b"",
        "share/terminfo/E/Eterm": b"",
        "share/terminfo/e/eterm": b"",
    }
    links = {
        "bin/python3": "python3.14",
        "bin/python": "python3.14",
        "bin/idle3": "idle3.14",
        "share/man/man1/python3.1": "python3.14.1",
    }
    return files, links if is_macos else links | {"lib/libpython3.14.so": library}


def archive_for(target: str, path: Path) -> Path:
    """Write an archive with the layout of a target."""
    files, links = (_windows(target), {}) if is_windows(target) else _unix(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"python/{name}")
            member.size, member.mode = len(content), 0o755 if content[:1] not in b"#x" else 0o644
            tar.addfile(member, io.BytesIO(content))
        for name, target_name in links.items():
            member = tarfile.TarInfo(f"python/{name}")
            member.type, member.linkname = tarfile.SYMTYPE, target_name
            tar.addfile(member)
    return path
