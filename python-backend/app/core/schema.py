"""The app's database schema."""

from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

import app.models  # noqa: F401  (registers the tables)
from backend_host.database.schema import Schema

PROGRAM = "app"
"""The module that `python -m` runs."""


def _include_name(name: str | None, _kind: str, _parents: Any) -> bool:
    """Exclude search indexes and case-insensitive indexes, which only migrations define, from autogenerate."""
    return not (name or "").startswith(("item_search", "nocase_"))


schema = Schema(Path(__file__).parents[1] / "alembic", SQLModel.metadata, PROGRAM, _include_name)
