"""manifest.sha256: the SHA-256 of every file in a tree except itself and stamp.json, in the format of `sha256sum -c`."""

from dataclasses import dataclass
from pathlib import Path

from runtime.build.atomic import write_atomically
from runtime.errors import TreeDamagedError
from runtime.integrity.digests import sha256_file

MANIFEST_NAME = "manifest.sha256"
STAMP_NAME = "stamp.json"
_SHOWN = 20

Manifest = dict[str, str]
"""Maps paths relative to the tree (forward slashes) to lowercase hex digests."""


def hash_tree(tree: Path, below: str = ".") -> Manifest:
    """Compute the manifest of a tree or of one folder in it."""
    files = sorted(path for path in (tree / below).rglob("*") if path.is_symlink() or not path.is_dir())
    named = {path.relative_to(tree).as_posix(): path for path in files}
    return {
        name: "a symbolic link" if path.is_symlink() else sha256_file(path)
        for name, path in named.items()
        if name not in (MANIFEST_NAME, STAMP_NAME)
    }


def write_manifest(tree: Path, manifest: Manifest) -> str:
    """Write the manifest and return its SHA-256."""
    write_atomically(tree / MANIFEST_NAME, "".join(f"{digest}  {name}\n" for name, digest in sorted(manifest.items())))
    return sha256_file(tree / MANIFEST_NAME)


def read_manifest(tree: Path) -> Manifest:
    """Read a tree's manifest. Raises TreeDamagedError if it is missing."""
    try:
        lines = (tree / MANIFEST_NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise TreeDamagedError(
            f"{tree} has no {MANIFEST_NAME}, so it is not a complete tree. Run `python3 -m runtime stage`."
        ) from error
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


@dataclass(frozen=True)
class Differences:
    """Differences between a tree and its manifest."""

    damaged: list[str]
    missing: list[str]
    extra: list[str]

    def __bool__(self) -> bool:
        return bool(self.damaged or self.missing or self.extra)

    def all(self) -> list[str]:
        """All files that differ."""
        return [*self.damaged, *self.missing, *self.extra]

    def __str__(self) -> str:
        """The differences by kind, with at most twenty file names each."""
        kinds = {"damaged": self.damaged, "missing": self.missing, "extra": self.extra}
        return "; ".join(
            f"{kind}: {', '.join(names[:_SHOWN])}{f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''}"
            for kind, names in kinds.items()
            if names
        )


def compare(tree: Path) -> Differences:
    """Hash the tree and compare it with its manifest. Raises TreeDamagedError if the manifest is missing."""
    expected, actual = read_manifest(tree), hash_tree(tree)
    return Differences(
        damaged=sorted(name for name in expected.keys() & actual.keys() if expected[name] != actual[name]),
        missing=sorted(expected.keys() - actual.keys()),
        extra=sorted(actual.keys() - expected.keys()),
    )
