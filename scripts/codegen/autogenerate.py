"""Alembic's autogenerate against a temporary database, and a dry run of the migration."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlmodel import SQLModel

from app.core.schema import schema
from backend_host.database.sqlite import create_sqlite_engine

SAMPLE_TEXT = "0" * 32
"""Text and id of every sample row, so that foreign keys match."""


class MigrationRefusedError(Exception):
    """No usable migration was written. The message states the reason and what to do next."""


def write_migration(name: str, package: Path) -> Path:
    """Write the next migration of `package`, the folder that contains app/. Raises MigrationRefusedError."""
    versions = package / "app" / "alembic" / "versions"
    numbers = [int(found[1]) for path in versions.glob("*.py") if (found := re.match(r"(\d+)_", path.name))]
    with _database() as engine:
        schema.upgrade(engine)
        with engine.begin() as connection:
            config = schema.alembic_config(connection)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            try:
                script: Any = command.revision(
                    config,
                    message=name,
                    autogenerate=True,
                    rev_id=f"{max(numbers, default=0) + 1:04}",
                    process_revision_directives=_refuse_empty,
                )
            except CommandError as error:
                raise MigrationRefusedError(f"Alembic failed: {error}") from error
    vars(schema).pop("head_revision", None)  # cached before the file existed
    return Path(script.path)


def _refuse_empty(_context: object, _revision: object, directives: list[Any]) -> None:
    if directives[0].upgrade_ops.is_empty():
        raise MigrationRefusedError("The migrations already create what the models declare. Change app/models/ first.")


def check_migration() -> None:
    """Run the newest migration up, down and up on a database with a row in each table. Raises MigrationRefusedError."""
    with _database() as engine:
        try:
            with engine.begin() as connection:
                if before := _revision_before_head():
                    command.upgrade(schema.alembic_config(connection), before)
                    _add_sample_rows(connection)
            schema.upgrade(engine)
            with engine.connect() as connection:
                # As in Schema.upgrade: Alembic rebuilds tables on SQLite, which enforced foreign keys prevent. The pragma has no
                # effect in a transaction.
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.rollback()
                command.downgrade(schema.alembic_config(connection), before or "base")
                connection.commit()
            schema.upgrade(engine)
        except Exception as error:
            raise MigrationRefusedError(
                f"The migration fails on a database with rows: {error}\nA new column with a NOT NULL constraint needs a "
                "server_default. Edit the file, then run: make test-backend ARGS='-k migrate'"
            ) from error
        if missing := missing_operations(engine):
            raise MigrationRefusedError(f"The migration does not create what the models declare. Missing:\n{missing}")


def missing_operations(engine: sa.Engine) -> str:
    """Operations that migrate the schema to the models, as Python code; empty if they match."""
    options = {"compare_type": True, "compare_server_default": True, "include_name": schema.include_name}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        operations = produce_migrations(context, SQLModel.metadata).upgrade_ops
    return "" if operations is None or operations.is_empty() else render_python_code(operations)


def _revision_before_head() -> str | None:
    before = ScriptDirectory.from_config(schema.alembic_config()).get_revision("head").down_revision
    assert before is None or isinstance(before, str), "migrations with several parents are not supported"
    return before


def _add_sample_rows(connection: sa.Connection) -> None:
    """Insert one row into each table. Tables whose constraints reject it stay empty."""
    tables = sa.MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name != "alembic_version":
            values = {column.name: _sample_value(column.type) for column in table.columns if not column.nullable}
            with suppress(sa.exc.SQLAlchemyError), connection.begin_nested():
                connection.execute(table.insert().values(values))


def _sample_value(kind: sa.types.TypeEngine[Any]) -> object:
    match kind:
        case sa.Integer() | sa.Numeric() | sa.Boolean():
            return 0
        case sa.DateTime():
            return datetime(2026, 1, 1, tzinfo=UTC)
        case sa.LargeBinary():
            return b""
        case _:
            return SAMPLE_TEXT


@contextmanager
def _database() -> Iterator[sa.Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = create_sqlite_engine(f"sqlite:///{Path(folder) / 'app.db'}")
        try:
            yield engine
        finally:
            engine.dispose()
