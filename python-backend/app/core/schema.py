"""The app's database schema."""

from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

import app.models  # noqa: F401  (fills the metadata)
from backend_host.database.schema import Schema

PROGRAM = "app"
"""What follows `python -m`."""


def _is_in_models(name: str | None, _kind: str, _parents: Any) -> bool:
    """What only SQLite has (search index, NOCASE) is in migrations alone."""
    return not (name or "").startswith(("item_search", "nocase_"))


schema = Schema(Path(__file__).parents[1] / "alembic", SQLModel.metadata, PROGRAM, _is_in_models)
