"""Reduces universal Mach-O files to the target's architecture.

The architecture's bytes are copied unchanged, so that its signature stays valid.
"""

import struct
from pathlib import Path

from runtime.integrity.natives import Kind, kind_of

CPU_TYPES = {"x86_64-apple-darwin": 0x01000007, "aarch64-apple-darwin": 0x0100000C}
"""CPU_TYPE_X86_64 and CPU_TYPE_ARM64."""
_UNIVERSAL = 0xCAFEBABE


def thin(data: bytes, cpu_type: int) -> bytes | None:
    """Return the slice of one architecture; None if the file is not universal, lacks the architecture or is truncated."""
    magic, count = struct.unpack_from(">II", data.ljust(8, b"\0"))
    if magic != _UNIVERSAL or len(data) < 8 + 20 * count:
        return None
    for index in range(count):
        kind, _, offset, size, _ = struct.unpack_from(">5I", data, 8 + 20 * index)
        if kind == cpu_type and offset + size <= len(data):
            return data[offset : offset + size]
    return None


def thin_tree(folder: Path, target: str) -> list[Path]:
    """Thin every universal file in a folder. Returns the changed files, sorted. Does nothing for non-macOS targets."""
    changed = []
    if cpu_type := CPU_TYPES.get(target):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            if kind_of(path) is Kind.MACH_O and (part := thin(path.read_bytes(), cpu_type)) is not None:
                path.write_bytes(part)
                changed.append(path)
    return changed
