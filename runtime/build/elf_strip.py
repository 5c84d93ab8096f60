"""Strips ELF files in pure Python: identical bytes on every host, for every Linux target, without binutils.

Removes symbol tables and debug sections located after the last loaded byte. Loaded segments are unchanged.
A file with any other layout is unchanged.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_ALLOC, _INFO_IS_A_SECTION = 0x2, 0x40
_SYMTAB, _STRTAB, _RELA, _NOBITS, _REL = 2, 3, 4, 8, 9
_SHARED_OBJECT = 3
_DEBUG_SECTIONS = (b".debug_", b".zdebug_", b".comment", b".gnu.build.attributes")


@dataclass
class _Section:
    """One section header; offsets and sizes in bytes, `link` and `info` as indices of other sections."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int

    @property
    def allocated(self) -> bool:
        return bool(self.flags & _ALLOC)

    def references(self) -> list[int]:
        """Indices of the sections that this section refers to."""
        return [self.link, *([self.info] if self.flags & _INFO_IS_A_SECTION or self.kind in (_RELA, _REL) else [])]


def _removable(sections: list[_Section], names: bytes) -> set[int]:
    """Indices of symbol tables, their string tables and debug sections that are not loaded."""
    symbols = {index for index, section in enumerate(sections) if section.kind == _SYMTAB and not section.allocated}
    strings = {sections[index].link for index in symbols}
    debug = {
        index
        for index, section in enumerate(sections)
        if not section.allocated and names[section.name :].startswith(_DEBUG_SECTIONS)
    }
    return symbols | {index for index in strings if not sections[index].allocated} | debug


def _parse(data: bytes) -> tuple[list[int], int, list[_Section]] | None:
    """Header fields, end of the loaded segments (bytes) and sections; None unless it is a 64-bit little-endian shared object."""
    if len(data) < _HEADER.size or data[:6] != b"\x7fELF\x02\x01":
        return None
    _, kind, *fields = _HEADER.unpack_from(data)
    _, _, _, programs_at, sections_at, _, _, program_size, programs, section_size, count, names_index = fields
    if kind != _SHARED_OBJECT or program_size != _PROGRAM.size or section_size != _SECTION.size or not count:
        return None
    if sections_at + count * _SECTION.size > len(data) or names_index >= count:
        return None
    segments = [_PROGRAM.unpack_from(data, programs_at + index * _PROGRAM.size) for index in range(programs)]
    loaded_end = max((offset + size for _, _, offset, _, _, size, _, _ in segments), default=0)
    loaded_end = max(loaded_end, programs_at + programs * _PROGRAM.size)
    sections = [_Section(*_SECTION.unpack_from(data, sections_at + i * _SECTION.size)) for i in range(count)]
    return [sections_at, count, names_index], loaded_end, sections


def strip_elf(data: bytes) -> bytes | None:
    """Return the file without symbol table and debug sections; None if that saves no bytes or the layout is unexpected."""
    parsed = _parse(data)
    if parsed is None:
        return None
    (sections_at, _count, names_index), loaded_end, sections = parsed
    names = sections[names_index]
    removed = _removable(sections, data[names.offset : names.offset + names.size]) - {0, names_index}
    retained = [index for index in range(len(sections)) if index not in removed]
    last_allocated = max((index for index in retained if sections[index].allocated), default=0)
    # Dynamic symbols contain indices of loaded sections, which must not change. Mapped bytes must not be removed.
    if not removed or min(removed) < last_allocated or sections_at < loaded_end:
        return None
    if any(sections[index].offset < loaded_end for index in removed):
        return None
    if any(reference in removed for index in retained for reference in sections[index].references()):
        return None
    renumbered = {old: new for new, old in enumerate(retained)}
    out, headers = bytearray(data[:loaded_end]), []
    for index in retained:
        section = sections[index]
        for_info = section.references()[1:]
        section.link = renumbered[section.link]
        section.info = renumbered[section.info] if for_info else section.info
        if section.kind != _NOBITS and section.offset >= loaded_end and section.size:
            content = data[section.offset : section.offset + section.size]
            out += bytes(-len(out) % max(section.align, 1))
            section.offset = len(out)
            out += content
        headers.append(_SECTION.pack(*vars(section).values()))
    out += bytes(-len(out) % 8)
    struct.pack_into("<Q", out, 40, len(out))
    struct.pack_into("<HH", out, 60, len(retained), renumbered[names_index])
    out += b"".join(headers)
    return bytes(out) if len(out) < len(data) else None


def strip_tree(folder: Path) -> list[Path]:
    """Strip every ELF file in a folder (detected by magic number). Returns the changed files, sorted."""
    changed = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as stream:
            if stream.read(4) != b"\x7fELF":
                continue
        if (smaller := strip_elf(path.read_bytes())) is not None:
            path.write_bytes(smaller)
            changed.append(path)
    return changed
