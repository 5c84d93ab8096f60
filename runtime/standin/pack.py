"""Packs a tree as an install_only archive whose bytes depend on the tree's content alone."""

import gzip
import tarfile
from pathlib import Path


def _normalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = 0
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def pack(python: Path, archive: Path, compress_level: int = 6) -> None:
    """Write a .tar.gz with the one root `python/`."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", compress_level, raw, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        tar.add(python, "python", recursive=False, filter=_normalised)
        for path in sorted(python.rglob("*")):
            name = f"python/{path.relative_to(python).as_posix()}"
            tar.add(path, name, recursive=False, filter=_normalised)
