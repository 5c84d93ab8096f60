"""What each part and each file of a tree costs: bytes on disk, and compressed by zstd on its own."""

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
"""From bytes and a level to the number of compressed bytes."""


@dataclass(frozen=True)
class Size:
    """One part, or the whole tree. `compressed_bytes` is None where no zstd is at hand."""

    name: str
    files: int
    disk_bytes: int
    compressed_bytes: int | None


@dataclass(frozen=True)
class FileSize:
    """One file, relative to the tree, and the part that it belongs to. `compressed_bytes` is None where no zstd is at hand."""

    name: str
    part: str
    disk_bytes: int
    compressed_bytes: int | None


def compressor() -> Compress | None:
    """Python's own zstd (3.14), else the program, else None."""
    try:
        zstd = importlib.import_module("compression.zstd")
    except ImportError:
        return _by_program if shutil.which("zstd") else None
    return lambda data, level: len(zstd.compress(data, level=level))


def _by_program(data: bytes, level: int) -> int:
    done = subprocess.run(["zstd", "-q", "-c", "-T0", f"-{level}"], input=data, capture_output=True, check=False)
    if done.returncode:
        raise StepFailedError(f"zstd exited with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return len(done.stdout)


def parts(tree: Path) -> dict[str, list[Path]]:
    """Every file of the tree under the name of its part: interpreter, app, each distribution, their bytecode, the rest."""
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
        elif path.name == packed_bytecode.NAME:
            name = "(bytecode)"
        else:
            name = {"python": "(interpreter)", APP_SRC: "(app)"}.get(top, "(stamp and manifest)")
        found.setdefault(name, []).append(path)
    return found


def archive(tree: Path, files: list[Path]) -> bytes:
    """A tar of these files, the same bytes for the same content: no times, no owners, every mode the same."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path in files:
            member = tarfile.TarInfo(path.relative_to(tree).as_posix())
            member.size = path.stat().st_size
            with path.open("rb") as content:
                tar.addfile(member, content)
    return stream.getvalue()


def sizes(tree: Path, compress: Compress | None, level: int) -> list[Size]:
    """The whole tree first, then its parts, largest on disk first. Parts compress worse one by one than together."""
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
