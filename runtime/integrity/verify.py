"""Verifies that a staged or installed tree is unchanged, and that it may be shipped."""

from pathlib import Path

from runtime.errors import NotShippableError, TreeDamagedError
from runtime.integrity.digests import sha256_file
from runtime.integrity.manifest import MANIFEST_NAME, STAMP_NAME, compare
from runtime.integrity.stamp import Stamp, read_stamp


def verify(tree: Path, *, shippable: bool = False) -> Stamp:
    """Hash every file and return the stamp. Raises TreeDamagedError with the damaged, missing and extra files.

    With `shippable`, also raises NotShippableError for a tree from the Go module.
    """
    stamp = read_stamp(tree)
    if stamp is None:
        raise TreeDamagedError(f"{tree} has no valid stamp.json. Run `python3 -m runtime stage`.")
    differences = compare(tree)
    if differences:
        raise TreeDamagedError(
            f"{tree} differs from its manifest; {differences}. In a checkout, run `python3 -m runtime stage`; otherwise reinstall the app."
        )
    if sha256_file(tree / MANIFEST_NAME) != stamp.manifest_sha256:
        raise TreeDamagedError(
            f"{tree / MANIFEST_NAME} does not match the digest in {STAMP_NAME}. Run `python3 -m runtime stage`."
        )
    if shippable and not stamp.shippable:
        raise NotShippableError(
            f"{tree} contains CPython {stamp.python} from a {stamp.provenance}, which is not shippable. Stage the pinned release: set RUNTIME_ARCHIVE or "
            "RUNTIME_MIRROR, or run `python3 -m runtime stage --source official` where the release can be reached."
        )
    return stamp
