"""sha256 of files, folders and inputs."""

import hashlib
import json
from pathlib import Path
from typing import Any


def sha256_file(path: Path) -> str:
    """Lower-case hex sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_json(value: Any) -> str:
    """sha256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def sha256_files(root: Path, files: list[Path]) -> str:
    """sha256 over the names (relative to root) and the bytes of files."""
    return sha256_json({path.relative_to(root).as_posix(): sha256_file(path) for path in files})


def pipeline_sha256() -> str:
    """sha256 of this package's own source, tests aside: a changed pipeline stages anew."""
    root = Path(__file__).parents[1]
    sources = [path for path in sorted(root.rglob("*.py")) if path.relative_to(root).parts[0] != "tests"]
    return sha256_files(root, sources)
