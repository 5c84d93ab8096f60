"""Tiny native files, byte by byte, for tests on machines without the compilers that make real ones."""

import struct


def elf(*, symbols: bytes = b"symbols" * 100, shared: bool = True, symbols_first: bool = False) -> bytes:
    """A 64-bit little-endian ELF: one loaded segment, then .symtab, .strtab, .shstrtab and the section headers."""
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


def mach_o(*, program: bool) -> bytes:
    """The header of an arm64 Mach-O."""
    return struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2 if program else 6, 0, 0, 0, 0) + bytes(100)


def fat_mach_o() -> bytes:
    """The header of a universal binary with two architectures."""
    return struct.pack(">II", 0xCAFEBABE, 2) + bytes(100)


def java_class() -> bytes:
    """What starts like a universal binary, but is a Java 8 class."""
    return struct.pack(">IHH", 0xCAFEBABE, 0, 52) + bytes(100)


def pe(*, program: bool) -> bytes:
    """The headers of an x86_64 PE."""
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    return dos + b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 0, 0, 0, 0, 0, 0x22 if program else 0x2022) + bytes(50)


def version_resource(version: str, level: int = 15, serial: int = 0) -> bytes:
    """The fixed part of a PE's version resource as CPython's libraries have it, at any place in a file."""
    major, minor, micro = (int(part) for part in version.split("."))
    return struct.pack("<IIHHHH", 0xFEEF04BD, 0x00010000, minor, major, 1013, micro * 1000 + level * 10 + serial)
