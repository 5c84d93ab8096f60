"""Which code this is."""

import hashlib
from pathlib import Path


def code_digest(package: Path = Path(__file__).parents[1]) -> str:
    """`sha256:` and the hex digest of every source file of the app, names and contents, in sorted order."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            content = path.read_bytes()
            digest.update(f"{path.relative_to(package).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return f"sha256:{digest.hexdigest()}"
