"""Copies a database into another database of the same schema, between SQLite and PostgreSQL in either direction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import batched, zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Row, Table, func, literal, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError

from backend_host.database import postgres
from backend_host.database.collation import bytewise
from backend_host.database.schema import UNFINISHED_PREFIX, Schema, current_revision
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.database.url import POSTGRES_URL_PREFIX
from backend_host.errors import CopyError, UnfinishedCopyError

BATCH_SIZE = 1_000
"""Rows per transaction. An interrupted copy repeats at most one batch."""

OnProgress = Callable[[str, int, int], None]
"""Called with a table's name, the number of its copied rows and the total number of its rows."""


@contextmanager
def open_engine(url: str) -> Iterator[Engine]:
    """Yield an engine for a URL from the command line. Raises CopyError, ConfigError, DriverMissingError."""
    engine = _engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    if url.startswith(POSTGRES_URL_PREFIX):
        return postgres.create_postgres_engine(url, 2)
    with suppress(ArgumentError):
        file = make_url(url)
        if file.get_backend_name() == "sqlite" and file.database and file.database != ":memory:":
            return create_sqlite_engine(f"sqlite:///{file.database}")
    raise CopyError(f"The URL must begin with {POSTGRES_URL_PREFIX}, or be sqlite:/// and the path of a file.")


def copy(
    schema: Schema,
    source: Engine,
    target: Engine,
    on_progress: OnProgress,
    *,
    resume: bool = False,
    replace: bool = False,
) -> dict[str, int]:
    """Copy all rows of all tables, compare source and target row by row, and return the row count of each table.

    Reads the source in one snapshot. Until the comparison succeeds, the target's revision is marked as unfinished and the
    app refuses to start on it. `resume` continues an interrupted copy, `replace` deletes the target's rows first.

    Raises CopyError if the source is at another revision, the target has rows, a row can't be stored, or the comparison
    fails; StartError or DBAPIError if a database can't be opened.
    """
    with _snapshot(source) as snapshot:
        if current_revision(snapshot) != (head := schema.head_revision):
            raise CopyError(
                f"The database is not at this version's revision {head}. Start the app once to migrate it, then copy it."
            )
        _prepare(schema, target, resume=resume, replace=replace)
        counts = {
            table.name: _copy_table(table, snapshot, target, on_progress) for table in schema.metadata.sorted_tables
        }
        with target.connect() as copied:
            for table in schema.metadata.sorted_tables:
                _compare(table, snapshot, copied)
        _finish(schema, target)
    return counts


@contextmanager
def _snapshot(source: Engine) -> Iterator[Connection]:
    """Open one read transaction, which does not see concurrent writes."""
    with source.connect() as connection:
        if postgres.is_postgres(source):
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        else:
            connection.exec_driver_sql("BEGIN")  # sqlite3 begins a transaction only before a write
        yield connection
        connection.rollback()


def _primary_key(table: Table) -> Column[Any]:
    (column,) = table.primary_key.columns
    return column


def _prepare(schema: Schema, target: Engine, *, resume: bool, replace: bool) -> None:
    unfinished_revision = UNFINISHED_PREFIX + schema.head_revision
    unfinished = False
    try:
        schema.upgrade(target)
    except UnfinishedCopyError:
        unfinished = True
    with target.begin() as connection:
        if unfinished and current_revision(connection) != unfinished_revision:
            raise CopyError("Another version of the app started this copy. Copy into an empty database.")
        rows = (select(literal(1)).select_from(table).limit(1) for table in schema.metadata.sorted_tables)
        has_rows = any(connection.execute(row).first() for row in rows)
        if (has_rows or unfinished) and not (replace or (resume and unfinished)):
            raise CopyError(
                "The target is an unfinished copy. Add --resume to continue it, or --replace to start over."
                if unfinished
                else "The target is not empty. Specify an empty database, or add --replace to delete its content."
            )
        if replace:
            for table in reversed(schema.metadata.sorted_tables):
                connection.execute(table.delete())
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{unfinished_revision}'")  # noqa: S608


def _copy_table(table: Table, snapshot: Connection, target: Engine, on_progress: OnProgress) -> int:
    key = _primary_key(table)
    total = snapshot.execute(select(func.count()).select_from(table)).scalar_one()
    with target.connect() as connection:
        done = connection.execute(select(func.count()).select_from(table)).scalar_one()
        last = connection.execute(select(key).order_by(_sort_key(key).desc()).limit(1)).scalar()
    on_progress(table.name, done, total)
    rows = snapshot.execution_options(yield_per=BATCH_SIZE).execute(_ordered(table, after=last))
    for chunk in batched(rows, BATCH_SIZE, strict=False):
        try:
            with target.begin() as connection:
                connection.execute(table.insert(), [dict(row._mapping) for row in chunk])
        except (DataError, IntegrityError, ValueError) as error:
            cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise CopyError(
                f"A row of table {table.name} between {chunk[0]._mapping[key]} and {chunk[-1]._mapping[key]} can't be "
                f"stored: {cause}. Correct it in the source, then continue with --resume."
            ) from error
        done += len(chunk)
        on_progress(table.name, done, total)
    return int(total)


def _ordered(table: Table, after: object = None) -> Any:
    key = _primary_key(table)
    query = select(table) if after is None else select(table).where(_sort_key(key) > after)
    return query.order_by(_sort_key(key))


def _sort_key(key: Column[Any]) -> ColumnElement[Any]:
    """Return the primary key, for text with a collation that is the same on both databases."""
    return bytewise(key) if key.type.python_type is str else key


def _compare(table: Table, source: Connection, copied: Connection) -> None:
    sides = [side.execution_options(yield_per=BATCH_SIZE).execute(_ordered(table)) for side in (source, copied)]
    for number, (expected, actual) in enumerate(zip_longest(*sides), 1):
        if expected is None or actual is None or tuple(expected) != tuple(actual):
            raise CopyError(
                f"The copy differs from the source in row {number} of table {table.name}"
                f"{_row_label(table, expected or actual)}, and can't be used. Start over with --replace."
            )


def _row_label(table: Table, row: Row[Any]) -> str:
    key = _primary_key(table)
    return f" ({key.name} {row._mapping[key]})" if key.name in {"id", "number"} else ""


def _finish(schema: Schema, target: Engine) -> None:
    with target.begin() as connection:
        if postgres.is_postgres(target):
            for table in schema.metadata.sorted_tables:
                key = _primary_key(table)
                if table.autoincrement_column is key:
                    # Set the sequence to the first value after the copied rows.
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{key.name}'), "  # noqa: S608
                        f'(SELECT coalesce(max("{key.name}"), 0) + 1 FROM "{table.name}"), false)'
                    )
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema.head_revision}'")  # noqa: S608


def sqlite_path(engine: Engine) -> Path | None:
    """Return the database file of a SQLite engine; None for PostgreSQL."""
    return None if postgres.is_postgres(engine) else Path(str(engine.url.database)).absolute()
