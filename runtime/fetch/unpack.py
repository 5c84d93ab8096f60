"""Unpacks an untrusted install_only archive into plain files and folders.

Links are never created on disk: they are recorded and finally replaced by copies of their targets. So no member is
written through a link, and the result has no symbolic links, which Tauri's resource copy would follow.
"""

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from runtime.errors import ArchiveTruncatedError, LayoutError, UnsafeArchiveError

ROOT = "python"


def unpack(archive: Path, into: Path) -> Path:
    """Unpack and return `into`/python. Raises UnsafeArchiveError, ArchiveTruncatedError, LayoutError; OSError if the disk fails."""
    links: dict[PurePosixPath, PurePosixPath] = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = _inside(PurePosixPath(member.name), member, archive)
                if member.issym():
                    links[name] = _inside(name.parent / member.linkname, member, archive)
                elif member.islnk():
                    links[name] = _inside(PurePosixPath(member.linkname), member, archive)
                elif member.isdir():
                    (into / name).mkdir(parents=True, exist_ok=True)
                elif member.isfile():
                    _write_file(tar, member, into / name)
                else:
                    raise _unsafe(member, archive, "is a device or another special file")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ArchiveTruncatedError(f"{archive} is truncated or damaged ({error}). Download it again.") from error
    _copy_in_place_of(links, into, archive)
    if not (into / ROOT).is_dir():
        raise LayoutError(f"{archive.name} has no {ROOT}/ folder: not an install_only archive. Check what was given.")
    return into / ROOT


def _write_file(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Extract the contents and the executable bit. tarfile's data filter requires Python 3.11.4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None, "the member is a file"
    with content, path.open("wb") as file:
        shutil.copyfileobj(content, file)
    path.chmod(0o755 if member.mode & 0o100 else 0o644)


def _unsafe(member: tarfile.TarInfo, archive: Path, why: str) -> UnsafeArchiveError:
    return UnsafeArchiveError(
        f"{archive.name} was not unpacked: its member {member.name!r} {why}. Get it from a source you trust."
    )


def _inside(path: PurePosixPath, member: tarfile.TarInfo, archive: Path) -> PurePosixPath:
    """The normalized path, which must be in python/. Raises UnsafeArchiveError."""
    if "\\" in str(path):
        raise _unsafe(member, archive, "has a backslash, which separates folders on Windows")
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                raise _unsafe(member, archive, f"leads outside {ROOT}/")
            parts.pop()
        else:
            parts.append(part)
    if not parts or parts[0] != ROOT:
        raise _unsafe(member, archive, f"leads outside {ROOT}/")
    return PurePosixPath(*parts)


def _copy_in_place_of(links: dict[PurePosixPath, PurePosixPath], into: Path, archive: Path) -> None:
    for name, target in links.items():
        seen = {name}
        while target in links:
            if target in seen:
                raise UnsafeArchiveError(f"{archive.name} was not unpacked: the link {name} is circular.")
            seen.add(target)
            target = links[target]
        source, copy = into / target, into / name
        if copy.exists() or source in copy.parents or not source.exists():
            raise UnsafeArchiveError(
                f"{archive.name} was not unpacked: the link {name} clashes with or lacks its target {target}."
            )
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy2(source, copy)
