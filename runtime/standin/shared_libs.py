"""Makes the compiled tree need nothing of the machine but glibc: libraries copied in, found by RPATH, all stripped."""

import os
import re
import shutil
from pathlib import Path

from runtime.environment import tool_env
from runtime.errors import StepFailedError
from runtime.processes import run

_GLIBC = re.compile(r"(linux-vdso|ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|anl))\.so(\.\d+)?")
"""Parts of glibc, which must be the machine's own."""


_RELOCATABLE = (1).to_bytes(2, "little")
"""The ELF header's word for an object file, which nothing loads (e_type, bytes 16 and 17)."""


def _elf_files(python: Path) -> list[Path]:
    found = []
    for path in sorted(python.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                header = stream.read(18)
            if header.startswith(b"\x7fELF") and header[16:] != _RELOCATABLE:
                found.append(path)
    return found


def _needed(binary: Path, lib: Path) -> dict[str, Path]:
    """Every library, glibc's and those in `lib` aside, that the loader would open for a file, by its soname."""
    needed = {}
    env = tool_env(LD_LIBRARY_PATH=str(lib))
    for line in run(["ldd", binary], what=f"list the libraries of {binary.name}", env=env).splitlines():
        if "not found" in line:
            raise StepFailedError(f"{binary.name} needs {line.strip()}. Install the library and run this again.")
        match = re.match(r"\s*(\S+) => (/\S+)", line)
        if match and not _GLIBC.fullmatch(match[1]) and Path(match[2]).parent != lib:
            needed[match[1]] = Path(match[2])
    return needed


def bundle_libraries(python: Path) -> list[str]:
    """Copy in the libraries that the tree's binaries need; strip and relink all of them. Returns the sonames copied."""
    lib = python / "lib"
    copied: dict[str, Path] = {}
    for binary in _elf_files(python):
        copied |= _needed(binary, lib)
    for soname, path in copied.items():
        shutil.copyfile(path, lib / soname)
        (lib / soname).chmod(0o755)
    for binary in _elf_files(python):
        binary.chmod(0o755)
        run(["strip", "--strip-unneeded", binary], what=f"strip {binary.name}")
        origin = "$ORIGIN" if binary.parent == lib else f"$ORIGIN/{os.path.relpath(lib, binary.parent)}"
        # DT_RPATH, not DT_RUNPATH: LD_LIBRARY_PATH (AppImage sets it) goes before the latter.
        run(["patchelf", "--force-rpath", "--set-rpath", origin, binary], what=f"set the RPATH of {binary.name}")
    return sorted(copied)
