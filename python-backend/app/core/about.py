"""What is running: versions, where the runtime came from, and which data it works on."""

import json
import platform
import sqlite3
import sys
from pathlib import Path
from typing import Any

from app.core.config import settings
from app.core.db import engine
from app.core.schema import schema
from app.host import application
from backend_host.database import postgres

API_VERSION = 1
"""Number of the API that clients elsewhere talk to: it changes when one of before could not go on."""
STAMP = "stamp.json"
"""Lies beside the interpreter's folder in a staged tree; docs/launch-contract.md draws it."""


def diagnostics() -> dict[str, Any]:
    """What a report of a fault should carry, without a secret in it. Paths are absolute, sizes in bytes."""
    return {
        "version": settings.APP_VERSION,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "database": database(),
        "platform": platform.platform(),
        "runtime": runtime_origin(),
        "code_digest": application.code_digest(),
        "schema_revision": schema.head_revision,
        "data_dir": str(settings.DATA_DIR),
    }


def database() -> str:
    """What holds the data, as `SQLite 3.40.1` or `PostgreSQL 15.4`."""
    if not settings.is_server:
        return f"SQLite {sqlite3.sqlite_version}"
    with engine.connect() as connection:
        return f"PostgreSQL {postgres.server_version(connection)}"


def runtime_origin() -> str:
    """The stamp's provenance (docs/launch-contract.md), or `system` for a Python that this project did not stage."""
    try:
        stamp = json.loads((Path(sys.base_prefix).parent / STAMP).read_text("utf-8"))
    except OSError, ValueError:
        return "system"
    return str(stamp.get("provenance", "system"))
