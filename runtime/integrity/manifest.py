"""manifest.sha256: every file of a tree with its sha256, in the form that `sha256sum -c` reads."""

from dataclasses import dataclass
from pathlib import Path

from runtime.build.atomic import write_atomically
from runtime.errors import TreeDamagedError
from runtime.integrity.digests import sha256_file

NAME = "manifest.sha256"
STAMP_NAME = "stamp.json"
_SHOWN = 20

Manifest = dict[str, str]
"""Paths relative to the tree, with forward slashes, to lower-case hex."""


def hash_tree(tree: Path, below: str = ".") -> Manifest:
    """The manifest of what is in the tree now, or in one folder of it."""
    files = sorted(path for path in (tree / below).rglob("*") if path.is_symlink() or not path.is_dir())
    named = {path.relative_to(tree).as_posix(): path for path in files}
    return {
        name: "a symbolic link" if path.is_symlink() else sha256_file(path)
        for name, path in named.items()
        if name not in (NAME, STAMP_NAME)
    }


def write_manifest(tree: Path, manifest: Manifest) -> str:
    """Write it, and return its own sha256."""
    write_atomically(tree / NAME, "".join(f"{digest}  {name}\n" for name, digest in sorted(manifest.items())))
    return sha256_file(tree / NAME)


def read_manifest(tree: Path) -> Manifest:
    """Raises TreeDamagedError if there is none."""
    try:
        lines = (tree / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise TreeDamagedError(
            f"{tree} has no {NAME}, so it is no finished tree. Run `python3 -m runtime stage`."
        ) from error
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


@dataclass(frozen=True)
class Differences:
    """Files that are not as the manifest says."""

    damaged: list[str]
    missing: list[str]
    extra: list[str]

    def __bool__(self) -> bool:
        return bool(self.damaged or self.missing or self.extra)

    def all(self) -> list[str]:
        """The files of every kind."""
        return [*self.damaged, *self.missing, *self.extra]

    def __str__(self) -> str:
        """Each kind with its files, at most twenty of it named."""
        kinds = {"damaged": self.damaged, "missing": self.missing, "extra": self.extra}
        return "; ".join(
            f"{kind}: {', '.join(names[:_SHOWN])}{f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''}"
            for kind, names in kinds.items()
            if names
        )


def compare(tree: Path) -> Differences:
    """Hash the tree anew and compare it with its manifest. Raises TreeDamagedError if there is none."""
    expected, actual = read_manifest(tree), hash_tree(tree)
    return Differences(
        damaged=sorted(name for name in expected.keys() & actual.keys() if expected[name] != actual[name]),
        missing=sorted(expected.keys() - actual.keys()),
        extra=sorted(actual.keys() - expected.keys()),
    )
