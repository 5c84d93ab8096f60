"""Runs migrations from an app's `env.py`."""

from collections.abc import Callable
from typing import Literal

from alembic import context
from sqlalchemy import Connection, Engine

from backend_host.database.checked_types import CheckedType
from backend_host.database.schema import Schema


def run_migrations(schema: Schema, engine: Callable[[], Engine]) -> None:
    """Run Alembic's scripts on the connection of `Schema.alembic_config`, or on `engine` from Alembic's command line."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run(schema, connection)
    else:
        with engine().begin() as opened:
            _run(schema, opened)


def _run(schema: Schema, connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=schema.metadata,
        include_name=schema.include_name,
        render_item=_render_item,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
    )
    context.run_migrations()


def _render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render the host's column types as SQLAlchemy types: a migration must not change when the host changes."""
    return f"sa.{item.impl_instance!r}" if kind == "type" and isinstance(item, CheckedType) else False
