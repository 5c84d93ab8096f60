"""Probes of Alembic migrations and SQLite features."""

import io
import os

from .base import ProbeContext, expect, probe

REVISION = '''
"""A revision added after the build"""
import sqlalchemy as sa
from alembic import op

revision: str = "probe"
down_revision: str | None = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("probe", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    op.drop_table("probe")
'''


@probe
def alembic_scripts(context: ProbeContext) -> str:
    """Alembic: upgrade, history, downgrade, and a revision added after the build"""
    from alembic import command
    from sqlalchemy import inspect as tables_of

    from app.core.schema import schema
    from backend_host.database.sqlite import create_sqlite_engine

    (context.folder / "0099_probe.py").write_text(REVISION.format(head=schema.head_revision), "utf-8")
    engine = create_sqlite_engine(f"sqlite:///{context.folder / 'probe.db'}")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.rollback()
            config = schema.alembic_config(connection)
            config.stdout = io.StringIO()
            folders = os.pathsep.join([str(schema.migrations / "versions"), str(context.folder)])
            config.set_main_option("path_separator", "os")
            config.set_main_option("version_locations", folders.replace("%", "%%"))
            command.upgrade(config, "head")
            expect(
                {"item", "probe"} <= set(tables_of(connection).get_table_names()), "upgrade did not create all tables"
            )
            command.history(config)
            history = config.stdout.getvalue().splitlines()
            expect("-> probe (head)" in history[0], f"the history is {history}")
            command.downgrade(config, "base")
            left = set(tables_of(connection).get_table_names()) - {"alembic_version"}
            expect(not left, f"downgrade left {left}")
    finally:
        engine.dispose()
    return f"{len(history)} revisions upgraded and downgraded, including the new revision"


@probe
def sqlite_full_text(_: ProbeContext) -> str:
    """SQLite with FTS5 and its trigram index"""
    import sqlite3

    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE found USING fts5(text, tokenize='trigram')")
        database.execute("INSERT INTO found VALUES ('unfrozen')")
        rows = database.execute("SELECT text FROM found('froz')").fetchall()
    database.close()
    expect(rows == [("unfrozen",)], f"the search returned {rows}")
    return f"SQLite {sqlite3.sqlite_version}"
