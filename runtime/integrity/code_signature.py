"""Parses Mach-O code signatures, like `codesign --display` on macOS, and verifies their hashes, on any system.

Source of the structures: XNU's `osfmk/kern/cs_blobs.h`. Does not verify trust in the certificate: use `codesign --verify` on
macOS, or `rcodesign verify` for the cryptographic signature.
"""

import hashlib
import plistlib
import struct
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

AD_HOC, HARDENED_RUNTIME, LINKER_SIGNED = 0x2, 0x10000, 0x20000
"""Code directory flags CS_ADHOC, CS_RUNTIME and CS_LINKER_SIGNED."""

_FAT, _THIN_64 = 0xCAFEBABE, 0xFEEDFACF
_LC_CODE_SIGNATURE = 0x1D
_SUPER_BLOB, _CODE_DIRECTORY = 0xFADE0CC0, 0xFADE0C02
_ENTITLEMENTS_SLOT, _ALTERNATE_SLOTS, _CMS_SLOT = 5, range(0x1000, 0x1005), 0x10000
_EMBEDDED_SLOTS = (2, _ENTITLEMENTS_SLOT, 7)
"""Slots of requirements, entitlements and DER entitlements, whose hashes are in the code directory."""
_HAS_TEAM = 0x20200
"""First code directory version with a Team ID."""
_HASHES = {1: ("sha1", 20), 2: ("sha256", 32), 3: ("sha256", 20), 4: ("sha384", 48)}


@dataclass(frozen=True)
class CodeSignature:
    """The signature of one architecture."""

    identifier: str
    flags: int
    team: str | None
    entitlements: dict[str, Any]
    has_cms_signature: bool
    """Whether it has a cryptographic (CMS) signature; ad-hoc signatures have none."""
    intact: bool
    """Whether every code page and every signature blob matches its hash in the code directory."""

    @property
    def ad_hoc(self) -> bool:
        return bool(self.flags & AD_HOC)

    @property
    def hardened_runtime(self) -> bool:
        return bool(self.flags & HARDENED_RUNTIME)


def code_signatures(data: bytes) -> list[CodeSignature | None]:
    """One entry per architecture of a Mach-O file; None for an unsigned architecture or a malformed signature."""
    return [_signature(thin) for thin in _architectures(data)]


def _architectures(data: bytes) -> list[bytes]:
    count = int.from_bytes(data[4:8], "big")
    if int.from_bytes(data[:4], "big") != _FAT or not count or len(data) < 8 + 20 * count:
        return [data]
    slices = [struct.unpack_from(">5I", data, 8 + 20 * index)[2:4] for index in range(count)]
    return [data[offset : offset + size] for offset, size in slices]


def _signature(data: bytes) -> CodeSignature | None:
    try:
        location = _signature_location(data)
        return _read(data, data[location[0] : sum(location)]) if location else None
    except (struct.error, IndexError, ValueError, KeyError, ExpatError):
        return None


def _signature_location(data: bytes) -> tuple[int, int] | None:
    """Offset and size of the signature."""
    magic, _, _, _, commands = struct.unpack_from("<5I", data)
    if magic != _THIN_64:
        return None
    at = 32
    for _ in range(commands):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == _LC_CODE_SIGNATURE:
            offset, length = struct.unpack_from("<II", data, at + 8)
            return offset, length
        at += size
    return None


def _read(data: bytes, signature: bytes) -> CodeSignature | None:
    magic, _, count = struct.unpack_from(">3I", signature)
    if magic != _SUPER_BLOB:
        return None
    blobs = {}
    for index in range(count):
        slot, offset = struct.unpack_from(">II", signature, 12 + 8 * index)
        blobs[slot] = signature[offset : offset + struct.unpack_from(">I", signature, offset + 4)[0]]
    directories = [blobs[slot] for slot in (0, *_ALTERNATE_SLOTS) if slot in blobs]
    _, _, version, flags, _, identifier = struct.unpack_from(">6I", directories[0])
    team = struct.unpack_from(">I", directories[0], 48)[0] if version >= _HAS_TEAM else 0
    entitlements = blobs.get(_ENTITLEMENTS_SLOT, b"")[8:]
    return CodeSignature(
        identifier=_text(directories[0], identifier),
        flags=flags,
        team=_text(directories[0], team) if team else None,
        entitlements=plistlib.loads(entitlements) if entitlements else {},
        has_cms_signature=len(blobs.get(_CMS_SLOT, b"")) > 8,
        intact=all(_is_intact(data, blobs, directory) for directory in directories),
    )


def _text(blob: bytes, offset: int) -> str:
    return blob[offset : blob.index(b"\0", offset)].decode()


def _is_intact(data: bytes, blobs: dict[int, bytes], directory: bytes) -> bool:
    magic, _, _, _, hashes_at, _, special, pages, limit = struct.unpack_from(">9I", directory)
    if magic != _CODE_DIRECTORY:
        return False
    name, size = _HASHES[directory[37]]
    page = 1 << directory[39]

    def hash_matches(slot: int, content: bytes) -> bool:
        at = hashes_at + slot * size
        return directory[at : at + size] == hashlib.new(name, content).digest()[:size]

    embedded = [(-slot, blobs[slot]) for slot in _EMBEDDED_SLOTS if slot in blobs]
    if any(-slot > special for slot, _ in embedded) or pages != -(-limit // page):
        return False
    code = ((index, data[index * page : min((index + 1) * page, limit)]) for index in range(pages))
    return all(hash_matches(slot, content) for slot, content in [*embedded, *code])
