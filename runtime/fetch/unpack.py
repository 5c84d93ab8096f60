"""Unpacks an untrusted install_only archive into plain files and folders.

Links are not created on disk but replaced by copies of their targets at the end. So no member is written through a link, and
the result has no symbolic links, which Tauri's resource copy would follow.
"""

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from runtime.errors import ArchiveTruncatedError, LayoutError, UnsafeArchiveError

ROOT = "python"


def unpack(archive: Path, into: Path) -> Path:
    """Unpack and return `into`/python. Raises UnsafeArchiveError, ArchiveTruncatedError, LayoutError, OSError."""
    links: dict[PurePosixPath, PurePosixPath] = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = _normalized(PurePosixPath(member.name), member, archive)
                if member.issym():
                    links[name] = _normalized(name.parent / member.linkname, member, archive)
                elif member.islnk():
                    links[name] = _normalized(PurePosixPath(member.linkname), member, archive)
                elif member.isdir():
                    (into / name).mkdir(parents=True, exist_ok=True)
                elif member.isfile():
                    _write_file(tar, member, into / name)
                else:
                    raise _unsafe_archive_error(member, archive, "is a device or another special file")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ArchiveTruncatedError(f"{archive} is truncated or damaged ({error}). Download it again.") from error
    _replace_links_with_copies(links, into, archive)
    if not (into / ROOT).is_dir():
        raise LayoutError(
            f"{archive.name} has no {ROOT}/ folder: it is not an install_only archive. Check --archive and RUNTIME_ARCHIVE."
        )
    return into / ROOT


def _write_file(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Extract the contents and the executable bit. tarfile's data filter requires Python 3.11.4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None, "the member is a file"
    with content, path.open("wb") as file:
        shutil.copyfileobj(content, file)
    path.chmod(0o755 if member.mode & 0o100 else 0o644)


def _unsafe_archive_error(member: tarfile.TarInfo, archive: Path, why: str) -> UnsafeArchiveError:
    return UnsafeArchiveError(
        f"{archive.name} was not unpacked: its member {member.name!r} {why}. Download it from a trusted source."
    )


def _normalized(path: PurePosixPath, member: tarfile.TarInfo, archive: Path) -> PurePosixPath:
    """Normalize a path. Raises UnsafeArchiveError if it is outside python/."""
    if "\\" in str(path):
        raise _unsafe_archive_error(member, archive, "contains a backslash, the path separator of Windows")
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                raise _unsafe_archive_error(member, archive, f"is outside {ROOT}/")
            parts.pop()
        else:
            parts.append(part)
    if not parts or parts[0] != ROOT:
        raise _unsafe_archive_error(member, archive, f"is outside {ROOT}/")
    return PurePosixPath(*parts)


def _replace_links_with_copies(links: dict[PurePosixPath, PurePosixPath], into: Path, archive: Path) -> None:
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
                f"{archive.name} was not unpacked: the link {name} replaces another member, or its target {target} does not exist."
            )
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy2(source, copy)
