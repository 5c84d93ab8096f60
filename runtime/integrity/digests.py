"""SHA-256 of files, folders and inputs."""

import hashlib
import json
from pathlib import Path
from typing import Any


def sha256_file(path: Path) -> str:
    """SHA-256 of a file in lowercase hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_json(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def sha256_files(root: Path, files: list[Path]) -> str:
    """SHA-256 over the names (relative to `root`) and contents of files."""
    return sha256_json({path.relative_to(root).as_posix(): sha256_file(path) for path in files})


def pipeline_sha256() -> str:
    """SHA-256 of the source of runtime/ without its tests; a change stages the tree again."""
    root = Path(__file__).parents[1]
    sources = [path for path in sorted(root.rglob("*.py")) if path.relative_to(root).parts[0] != "tests"]
    return sha256_files(root, sources)
