"""Runs migrations on the connection the caller opened, or on the configured database from Alembic's command line."""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import app.models  # noqa: F401  (fills the metadata)
from backend_host.database.migrate import is_in_models


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_name=is_in_models,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    from app.core.db import engine

    with engine.begin() as opened:
        run(opened)
