"""Checks the Authenticode digest of PE files (.exe, .dll, .pyd) on any system.

Does not verify trust in the certificate: use `signtool verify` or `osslsigncode verify`.
"""

import hashlib
import struct
from dataclasses import dataclass

_PE32_PLUS = 0x20B
_CERTIFICATE_TABLE = 4
"""Index of the certificate table in the optional header's data directories."""
_ALGORITHMS = ("sha256", "sha384", "sha512", "sha1")


@dataclass(frozen=True)
class _Layout:
    """Offsets in bytes."""

    checksum: int
    directory: int
    """Offset of the certificate table's data directory entry."""
    table: int
    size: int


def _layout(data: bytes) -> _Layout | None:
    """Parse the headers; None unless it is a PE file with a certificate table."""
    try:
        header = struct.unpack_from("<I", data, 60)[0] + 24
        magic = struct.unpack_from("<H", data, header)[0]
        count_at = header + (108 if magic == _PE32_PLUS else 92)
        directory = count_at + 4 + 8 * _CERTIFICATE_TABLE
        if struct.unpack_from("<I", data, count_at)[0] <= _CERTIFICATE_TABLE:
            return None
        table, size = struct.unpack_from("<II", data, directory)
    except struct.error:
        return None
    return _Layout(header + 64, directory, table, size) if size and table + size <= len(data) else None


def is_signed(data: bytes) -> bool:
    """Whether the file has a signature, valid or not."""
    return _layout(data) is not None


def is_intact(data: bytes) -> bool:
    """Whether the file has a signature and its digest matches."""
    found = _layout(data)
    if found is None:
        return False
    table = data[found.table : found.table + found.size]
    # The digest excludes the checksum, the certificate table's entry and the table.
    parts = (
        data[: found.checksum],
        data[found.checksum + 4 : found.directory],
        data[found.directory + 8 : found.table],
        data[found.table + found.size :],
    )
    return any(hashlib.new(name, b"".join(parts), usedforsecurity=False).digest() in table for name in _ALGORITHMS)
