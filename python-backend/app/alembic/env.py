"""Runs migrations on the connection the caller opened, or on the configured database from Alembic's command line."""

from alembic import context
from sqlalchemy import Connection

from app.core.schema import schema


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=schema.metadata,
        include_name=schema.include_name,
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
