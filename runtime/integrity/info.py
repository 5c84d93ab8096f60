"""Describes a staged tree without hashing it."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runtime.errors import TreeDamagedError
from runtime.integrity.manifest import MANIFEST_NAME, STAMP_NAME, read_manifest
from runtime.integrity.natives import natives
from runtime.integrity.portable_names import MAX_PATH_LENGTH, longest
from runtime.integrity.stamp import read_stamp


def info(tree: Path) -> dict[str, Any]:
    """Stamp, tree digest and counts. Raises TreeDamagedError if no tree is staged."""
    stamp = read_stamp(tree)
    if stamp is None:
        raise TreeDamagedError(f"{tree} has no valid stamp.json. Run `python3 -m runtime stage`.")
    names = [*read_manifest(tree), MANIFEST_NAME, STAMP_NAME]
    longest_path = longest(names)
    return {
        "tree": str(tree),
        "tree_sha256": stamp.manifest_sha256,
        "files": len(names),
        "disk_bytes": sum((tree / name).stat().st_size for name in names if (tree / name).is_file()),
        "longest_path": longest_path,
        "longest_path_length": len(longest_path),
        "longest_path_limit": MAX_PATH_LENGTH,
        "natives": dict(sorted(Counter(native.kind.value for native in natives(tree)).items())),
        "stamp": asdict(stamp),
    }


def as_lines(data: dict[str, Any]) -> list[str]:
    """Format `info` as text lines."""
    stamp = data["stamp"]
    natives_found = ", ".join(f"{count} {kind}" for kind, count in data["natives"].items()) or "none"
    return [
        data["tree"],
        f"  target        {stamp['target']}",
        f"  interpreter   CPython {stamp['python']}, {stamp['provenance']}{'' if stamp['shippable'] else ' (not shippable)'}",
        f"  archive       {stamp['archive']['name']}",
        f"                sha256 {stamp['archive']['sha256']}",
        f"  tree sha256   {data['tree_sha256']}",
        f"  signed        {'yes' if stamp['signed'] else 'no'}",
        f"  files         {data['files']} ({data['disk_bytes'] / 1e6:.1f} MB)",
        f"  native files  {natives_found}",
        f"  longest path  {data['longest_path_length']} of {data['longest_path_limit']} characters: {data['longest_path']}",
    ]
