"""Generates minimal native files, for tests without compilers."""

import hashlib
import plistlib
import struct
from typing import Any

from runtime.build.elf_strip import strip_elf


def elf(*, symbols: bytes = b"symbols" * 100, shared: bool = True, symbols_first: bool = False) -> bytes:
    """A 64-bit little-endian ELF file: one loaded segment, then .symtab, .strtab, .shstrtab and the section headers."""
    names = b"\0.text\0.symtab\0.strtab\0.shstrtab\0"
    text_at, text = 120, b"\x90" * 40
    symtab_at = text_at + len(text)
    strtab_at = symtab_at + len(symbols)
    names_at = strtab_at + 8
    headers_at = names_at + len(names) + (-(names_at + len(names)) % 8)
    section = struct.Struct("<IIQQQQIIQQ")
    rows = [(0,) * 10, (1, 1, 6, text_at, text_at, len(text), 0, 0, 8, 0)]
    dropped = [
        (7, 2, 0, 0, symtab_at, len(symbols), 3, 1, 8, 24),
        (15, 3, 0, 0, strtab_at, 8, 0, 0, 1, 0),
    ]
    rows = [rows[0], *dropped, rows[1]] if symbols_first else [*rows, *dropped]
    rows.append((23, 3, 0, 0, names_at, len(names), 0, 0, 1, 0))
    kind = 3 if shared else 1
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", kind, 62, 1, 0, 64, headers_at, 0, 64, 56, 1, 64, 5, 4
    )
    program = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, symtab_at, symtab_at, 4096)
    body = header + program + text + symbols + bytes(8) + names
    return body + bytes(headers_at - len(body)) + b"".join(section.pack(*row) for row in rows)


def is_stripped(data: bytes) -> bool:
    """Whether an ELF file has nothing to strip and no SHT_SYMTAB section, also in a layout that strip_elf does not support."""
    assert data[:6] == b"\x7fELF\x02\x01"
    (at,), (size, count) = struct.unpack_from("<Q", data, 40), struct.unpack_from("<HH", data, 58)
    kinds = [struct.unpack_from("<I", data, at + index * size + 4)[0] for index in range(count)]
    return strip_elf(data) is None and 2 not in kinds


def mach_o(*, program: bool) -> bytes:
    """The header of an arm64 Mach-O file."""
    return struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2 if program else 6, 0, 0, 0, 0) + bytes(100)


def fat_mach_o() -> bytes:
    """The header of a universal binary with two architectures."""
    return struct.pack(">II", 0xCAFEBABE, 2) + bytes(100)


def universal(parts: dict[int, bytes]) -> bytes:
    """A universal Mach-O file; `parts` are the slices by CPU type."""
    headers, at = b"", 8 + 20 * len(parts)
    for kind, part in parts.items():
        headers += struct.pack(">5I", kind, 0, at, len(part), 0)
        at += len(part)
    return struct.pack(">II", 0xCAFEBABE, len(parts)) + headers + b"".join(parts.values())


def java_class() -> bytes:
    """The header of a Java 8 class file, which has the magic number of universal binaries."""
    return struct.pack(">IHH", 0xCAFEBABE, 0, 52) + bytes(100)


def pe(*, program: bool) -> bytes:
    """The headers of an x86_64 PE file."""
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    header = struct.pack("<HHIIIHH", 0x8664, 0, 0, 0, 0, 240, 0x22 if program else 0x2022)
    optional = struct.pack("<H106xI128x", 0x20B, 16)
    return dos + b"PE\0\0" + header + optional + bytes(50)


def signed_pe(data: bytes, *, digest: bytes | None = None) -> bytes:
    """A PE file of `pe` with a certificate table, which contains only the digest."""
    data += bytes(-len(data) % 8)
    checksum, directory = 88 + 64, 88 + 112 + 4 * 8
    hashed = data[:checksum] + data[checksum + 4 : directory] + data[directory + 8 :]
    content = digest or hashlib.sha256(hashed).digest()
    table = struct.pack("<IHH", 8 + len(content), 0x200, 2) + content
    place = struct.pack("<II", len(data), len(table))
    return data[:directory] + place + data[directory + 8 :] + table


def signed_mach_o(
    data: bytes, *, flags: int = 0, team: str | None = None, entitlements: dict[str, Any] | None = None
) -> bytes:
    """Replace the signature of a Mach-O file made by `mach_o`."""
    code = bytearray(data[:132])
    struct.pack_into("<II", code, 16, 1, 16)  # number and size of the load commands
    struct.pack_into("<IIII", code, 32, 0x1D, 16, len(code), 0)
    plist = plistlib.dumps(entitlements) if entitlements else b""
    blob = struct.pack(">II", 0xFADE7171, 8 + len(plist)) + plist
    named = b"fake\0" + (team.encode() + b"\0" if team else b"")
    hashes_at = 52 + len(named) + 5 * 32
    slots = [hashlib.sha256(blob).digest() if plist else bytes(32), *[bytes(32)] * 4]

    def directory(code: bytes) -> bytes:
        hashes = [*slots, hashlib.sha256(code).digest()]
        fixed = (0xFADE0C02, hashes_at + 32, 0x20200, flags, hashes_at, 52, 5, 1, len(code))
        head = struct.pack(">9I4B4xII", *fixed, 32, 2, 0, 12, 0, 57 if team else 0)
        return head + named + b"".join(hashes)

    blobs = [(0, directory(bytes(code))), *([(5, blob)] if plist else [])]
    size = 12 + 8 * len(blobs) + sum(len(content) for _, content in blobs)
    struct.pack_into("<I", code, 44, size)
    blobs[0] = (0, directory(bytes(code)))
    index, at = b"", 12 + 8 * len(blobs)
    for slot, content in blobs:
        index += struct.pack(">II", slot, at)
        at += len(content)
    return bytes(code) + struct.pack(">3I", 0xFADE0CC0, size, len(blobs)) + index + b"".join(c for _, c in blobs)


def version_resource(version: str, level: int = 15, serial: int = 0) -> bytes:
    """The fixed part of the version resource of CPython's DLLs."""
    major, minor, micro = (int(part) for part in version.split("."))
    return struct.pack("<IIHHHH", 0xFEEF04BD, 0x00010000, minor, major, 1013, micro * 1000 + level * 10 + serial)
