"""Which code this is."""

import hashlib
from collections.abc import Sequence
from pathlib import Path


def code_digest(source: Path = Path(__file__).parents[2], packages: Sequence[str] = ("app", "backend_host")) -> str:
    """`sha256:` and the hex digest of every source file of `packages` in `source`, names and contents, in sorted order."""
    digest = hashlib.sha256()
    files = [path for name in packages for path in (source / name).rglob("*")]
    for path in sorted(files):
        if path.is_file() and path.suffix != ".pyc":
            content = path.read_bytes()
            digest.update(f"{path.relative_to(source).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return f"sha256:{digest.hexdigest()}"
