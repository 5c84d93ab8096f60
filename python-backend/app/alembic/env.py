"""Alembic environment: runs migrations at startup and from Alembic's command line."""

from sqlalchemy import Engine

from app.core.schema import schema
from backend_host.database.alembic_env import run_migrations


def engine() -> Engine:
    from app.core.db import engine

    return engine


run_migrations(schema, engine)
