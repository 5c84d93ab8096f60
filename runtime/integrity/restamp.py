"""Updates manifest and stamp after signing. No other file may have changed."""

from dataclasses import replace
from pathlib import Path

from runtime.errors import SigningError, TreeDamagedError
from runtime.integrity.digests import sha256_file
from runtime.integrity.manifest import compare, read_manifest, write_manifest
from runtime.integrity.stamp import read_stamp


def restamp(tree: Path, signed: set[str]) -> None:
    """Update the hashes of the `signed` files (paths relative to the tree) and set `signed` in the stamp. Raises SigningError, TreeDamagedError."""
    stamp = read_stamp(tree)
    if stamp is None:
        raise TreeDamagedError(f"{tree} has no valid stamp.json. Run `python3 -m runtime stage`.")
    differences = compare(tree)
    other = sorted({*differences.damaged, *differences.missing, *differences.extra} - signed)
    if other or differences.missing:
        raise SigningError(
            f"Signing {tree} changed files other than the signed files: {', '.join(other or differences.missing)}. "
            "Delete the tree and run `python3 -m runtime stage`."
        )
    digest = write_manifest(tree, read_manifest(tree) | {name: sha256_file(tree / name) for name in signed})
    replace(stamp, manifest_sha256=digest, signed=True).write(tree)
