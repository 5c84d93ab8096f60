"""What is running: versions, where the runtime came from, and which data it works on."""

import json
import platform
import sqlite3
import sys
from pathlib import Path
from typing import Any

from app.core.config import settings
from app.core.digest import code_digest
from app.core.migrate import head_revision

STAMP = "stamp.json"
"""Lies beside the interpreter's folder in a staged tree; docs/launch-contract.md draws it."""


def diagnostics() -> dict[str, Any]:
    """What a report of a fault should carry, without a secret in it. Paths are absolute, sizes in bytes."""
    return {
        "version": settings.APP_VERSION,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "platform": platform.platform(),
        "runtime": runtime_origin(),
        "code_digest": code_digest(),
        "schema_revision": head_revision(),
        "data_dir": str(settings.DATA_DIR),
    }


def runtime_origin() -> str:
    """`official`, `stand-in`, or `system`: a Python that was not staged by this project."""
    try:
        stamp = json.loads((Path(sys.base_prefix).parent / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return "system"
    return str(stamp.get("provenance", "system"))
