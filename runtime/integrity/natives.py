"""Finds native files (Mach-O, PE, ELF) by magic number."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_FAT = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_MAX_ARCHITECTURES = 30
"""Java class files have the same magic number as fat Mach-O files, with their version (45 or more) in place of the architecture count."""


class Kind(StrEnum):
    """Native file formats."""

    MACH_O = "Mach-O"
    PE = "PE"
    ELF = "ELF"


@dataclass(frozen=True)
class NativeFile:
    """A native file: path relative to the tree, format, and whether it is an executable rather than a library."""

    name: str
    kind: Kind
    program: bool


def kind_of(path: Path) -> Kind | None:
    """The format of a file, or None."""
    with path.open("rb") as stream:
        start = stream.read(64)
        if start[:4] == b"\x7fELF":
            return Kind.ELF
        if start[:4] in _MACH_O:
            return Kind.MACH_O
        if start[:4] in _FAT and 0 < int.from_bytes(start[4:8], "big") <= _MAX_ARCHITECTURES:
            return Kind.MACH_O
        if start[:2] == b"MZ" and len(start) == 64:
            stream.seek(int.from_bytes(start[60:64], "little"))
            if stream.read(4) == b"PE\0\0":
                return Kind.PE
    return None


def _is_program(path: Path, kind: Kind) -> bool:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if kind is Kind.PE:
        # Characteristics of the COFF header: IMAGE_FILE_DLL.
        at = int.from_bytes(head[60:64], "little") + 22
        return not int.from_bytes(head[at : at + 2], "little") & 0x2000
    if kind is Kind.MACH_O and head[:4] not in _FAT:
        order = "big" if head[:1] == b"\xfe" else "little"
        return int.from_bytes(head[12:16], order) == 2  # type: ignore[arg-type]
    return path.suffix == "" and path.parent.name == "bin"


def natives(tree: Path) -> list[NativeFile]:
    """Every native file in signing order: all libraries, then all executables; in each of the two groups the deepest first.

    The signature of an executable or app bundle covers other files, so those are signed first.
    """
    found = [
        NativeFile(path.relative_to(tree).as_posix(), kind, _is_program(path, kind))
        for path in tree.rglob("*")
        if path.is_file() and not path.is_symlink() and (kind := kind_of(path))
    ]
    return sorted(found, key=lambda native: (native.program, -native.name.count("/"), native.name))
