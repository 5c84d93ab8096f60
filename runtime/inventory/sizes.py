"""Sizes of a tree's parts and files: on disk, and compressed individually with zstd."""

import importlib
import io
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from runtime.app_source import APP_SRC
from runtime.build import packed_bytecode
from runtime.errors import StepFailedError

Compress = Callable[[bytes, int], int]
"""Maps bytes and a compression level to the compressed size in bytes."""


@dataclass(frozen=True)
class Size:
    """Size of a part or of the complete tree. `compressed_bytes` is None if zstd is not available."""

    name: str
    files: int
    disk_bytes: int
    compressed_bytes: int | None


@dataclass(frozen=True)
class FileSize:
    """Size of a file (path relative to the tree) and its part. `compressed_bytes` is None if zstd is not available."""

    name: str
    part: str
    disk_bytes: int
    compressed_bytes: int | None


def compressor() -> Compress | None:
    """Python's zstd module (3.14), else the zstd program, else None."""
    try:
        zstd = importlib.import_module("compression.zstd")
    except ImportError:
        return _by_program if shutil.which("zstd") else None
    return lambda data, level: len(zstd.compress(data, level=level))


def _by_program(data: bytes, level: int) -> int:
    result = subprocess.run(["zstd", "-q", "-c", "-T0", f"-{level}"], input=data, capture_output=True, check=False)
    if result.returncode:
        raise StepFailedError(
            f"zstd exited with status {result.returncode}: {result.stderr.decode(errors='replace').strip()}"
        )
    return len(result.stdout)


def parts(tree: Path) -> dict[str, list[Path]]:
    """The tree's files by part: interpreter, app, each distribution, bytecode, other."""
    site = tree / "site-packages"
    owners: dict[Path, str] = {}
    for info in sorted(site.glob("*.dist-info")):
        distribution = Distribution.at(info)
        for file in distribution.files or []:
            owners[site / file] = distribution.metadata["Name"]
    found: dict[str, list[Path]] = {}
    for path in sorted(path for path in tree.rglob("*") if path.is_file()):
        top = path.relative_to(tree).parts[0]
        if top == "site-packages":
            name = owners.get(path, "(no package)")
        elif path.name == packed_bytecode.FILE_NAME:
            name = "(bytecode)"
        else:
            name = {"python": "(interpreter)", APP_SRC: "(app)"}.get(top, "(stamp and manifest)")
        found.setdefault(name, []).append(path)
    return found


def archive(tree: Path, files: list[Path]) -> bytes:
    """A deterministic tar archive of these files, without timestamps, owners and file modes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path in files:
            member = tarfile.TarInfo(path.relative_to(tree).as_posix())
            member.size = path.stat().st_size
            with path.open("rb") as content:
                tar.addfile(member, content)
    return stream.getvalue()


def sizes(tree: Path, compress: Compress | None, level: int) -> list[Size]:
    """The complete tree, then its parts, largest on disk first. The sum of compressed parts exceeds the compressed tree."""
    by_part = parts(tree)

    def measure(name: str, files: list[Path]) -> Size:
        disk_bytes = sum(path.stat().st_size for path in files)
        return Size(name, len(files), disk_bytes, compress(archive(tree, files), level) if compress else None)

    everything = sorted(path for files in by_part.values() for path in files)
    measured = [measure(name, files) for name, files in by_part.items()]
    return [measure("all", everything), *sorted(measured, key=lambda size: (-size.disk_bytes, size.name))]


def largest_files(tree: Path, compress: Compress | None, level: int, number: int) -> list[FileSize]:
    """The tree's largest files, largest on disk first."""
    files = [(path.stat().st_size, path, part) for part, paths in parts(tree).items() for path in paths]
    files.sort(key=lambda file: (-file[0], file[1]))
    return [
        FileSize(
            path.relative_to(tree).as_posix(), part, size, compress(path.read_bytes(), level) if compress else None
        )
        for size, path, part in files[:number]
    ]
