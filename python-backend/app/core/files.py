"""Files that must be whole and private."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write `text` so that `path` holds all of it or is as before, readable by its owner only. Raises OSError."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
