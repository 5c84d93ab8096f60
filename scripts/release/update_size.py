"""Report the download size of an update between two staged trees: `python3 -m scripts.release.update_size OLD NEW`.

Sizes are compressed with zstd (--level, default 19): the changed files as one frame, and a patch from the old tree's tarball
to the new one's. Requires the zstd program.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import RuntimeStagingError, StepFailedError
from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.manifest import MANIFEST_NAME, STAMP_NAME, read_manifest
from runtime.inventory.sizes import archive


@dataclass(frozen=True)
class Delta:
    """Names of files relative to the trees. If any file differs, `changed` includes manifest and stamp."""

    changed: list[str]
    added: list[str]
    removed: list[str]


def compare_trees(old: Path, new: Path) -> Delta:
    """Compare two trees by their manifests. Raises TreeDamagedError if a manifest is missing."""
    before, after = read_manifest(old), read_manifest(new)
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    if before != after:
        changed |= {MANIFEST_NAME, STAMP_NAME}
    return Delta(sorted(changed), sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys()))


@dataclass(frozen=True)
class CompressedSizes:
    """Compressed sizes in bytes."""

    full: int
    """The new tree as one zstd frame: the size of a full update."""
    files: int
    """Changed and added files as one zstd frame."""
    patch: int
    """Patch from the old tree's tarball to the new one's."""


def compressed_sizes(old: Path, new: Path, found: Delta, level: int) -> CompressedSizes:
    """Compress with zstd. Raises StepFailedError if zstd is missing or fails."""
    with tempfile.TemporaryDirectory(prefix="update-size-") as folder:
        tarballs = {name: Path(folder) / f"{name}.tar" for name in ("old", "new", "files")}
        tarballs["old"].write_bytes(archive(old, _all_files(old)))
        tarballs["new"].write_bytes(archive(new, _all_files(new)))
        tarballs["files"].write_bytes(archive(new, [new / name for name in sorted(found.changed + found.added)]))
        return CompressedSizes(
            full=_zstd(tarballs["new"], level),
            files=_zstd(tarballs["files"], level),
            patch=_zstd(tarballs["new"], level, f"--patch-from={tarballs['old']}", "--long=31"),
        )


def _all_files(tree: Path) -> list[Path]:
    return [tree / name for name in sorted([*read_manifest(tree), MANIFEST_NAME, STAMP_NAME])]


def _zstd(path: Path, level: int, *options: str) -> int:
    if not shutil.which("zstd"):
        raise StepFailedError("zstd is not installed. Install it, then try again.")
    command = ["zstd", "-q", "-c", "-T0", f"-{level}", *options, str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise StepFailedError(f"zstd exited with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return len(done.stdout)


def report(old: Path, new: Path, found: Delta, sizes: CompressedSizes) -> list[str]:
    """The report as text lines."""

    def files(label: str, tree: Path, names: list[str]) -> str:
        return f"{label:<8} {len(names):>5} files {sum((tree / name).stat().st_size for name in names):>12,} bytes"

    return [
        files("changed", new, found.changed),
        files("added", new, found.added),
        files("removed", old, found.removed),
        f"{sizes.files:>12,} bytes  changed and added files, one frame",
        f"{sizes.patch:>12,} bytes  patch between the two tarballs",
        f"{sizes.full:>12,} bytes  full new tree, one frame",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Report the download size of an update between two staged trees.")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--level", type=int, default=19, choices=range(1, 20), metavar="1-19")
    options = parser.parse_args()
    try:
        found = compare_trees(options.old, options.new)
        sizes = compressed_sizes(options.old, options.new, found, options.level)
    except RuntimeStagingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(report(options.old, options.new, found, sizes)))
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
