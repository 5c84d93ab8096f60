"""Versions and paths for error reports."""

import json
import platform
import sqlite3
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend_host.application import Application, Database
from backend_host.database import postgres

STAMP_FILE = "stamp.json"
"""In a staged tree, next to the interpreter's folder (docs/launch-contract.md)."""


class Diagnostics(BaseModel):
    """What an error report should contain. Contains no secrets."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    version: str
    python: str
    sqlite: str
    database: str
    """Name and version of the database in use."""
    platform: str
    runtime: str
    """Origin of the interpreter: `official release`, `mirror`, `local archive`, `Go module`, or `system` if it was not staged."""
    code_digest: str
    schema_revision: str
    data_dir: str


def diagnostics(application: Application, database: Database) -> Diagnostics:
    """Describe this process. Paths are absolute."""
    settings = application.settings()
    return Diagnostics(
        version=settings.APP_VERSION,
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        database=database_version(database),
        platform=platform.platform(),
        runtime=runtime_origin(),
        code_digest=application.code_digest(),
        schema_revision=database.schema.head_revision,
        data_dir=str(settings.DATA_DIR),
    )


def database_version(database: Database) -> str:
    """For example `SQLite 3.40.1` or `PostgreSQL 15.4`."""
    if not postgres.is_postgres(database.engine):
        return f"SQLite {sqlite3.sqlite_version}"
    with database.engine.connect() as connection:
        return f"PostgreSQL {postgres.server_version(connection)}"


def runtime_origin() -> str:
    """The stamp's provenance (docs/launch-contract.md); `system` for an interpreter that was not staged."""
    try:
        stamp = json.loads((Path(sys.base_prefix).parent / STAMP_FILE).read_text("utf-8"))
    except OSError, ValueError:
        return "system"
    return str(stamp.get("provenance", "system"))
