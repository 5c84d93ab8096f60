"""Copies a whole database into another one of the same schema: SQLite to PostgreSQL, and back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import batched, zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Row, Table, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from backend_host.database import postgres
from backend_host.database.collation import bytewise
from backend_host.database.schema import UNFINISHED_PREFIX, Schema, current_revision
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.database.url import POSTGRES_URL_PREFIX
from backend_host.errors import CopyError, UnfinishedCopyError

BATCH_SIZE = 1_000
"""Rows a transaction: what an interrupted copy may have to do again."""

OnProgress = Callable[[str, int, int], None]
"""Called with a table, the number of its copied rows, and of all its rows."""


@contextmanager
def open_engine(url: str) -> Iterator[Engine]:
    """An engine for a URL from the command line. Raises CopyError, and StartError as `postgres.create_postgres_engine` does."""
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
            return create_sqlite_engine(url)
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
    """Copy every row of every table, then compare both sides row by row; how many rows each table has.

    The source is read as it is at one moment. Until all is compared the target is marked as unfinished, and no app
    starts on it. `resume` goes on with what was interrupted, `replace` empties the target first.

    Raises CopyError when the source has another schema, the target holds something, a row can't be stored, or what
    was stored differs; StartError and DBAPIError when one can't be opened.
    """
    with _snapshot(source) as reading:
        if current_revision(reading) != (head := schema.head_revision):
            raise CopyError(
                f"The database is not at this code's revision {head}. Start the app on it once, then copy it."
            )
        _prepare(schema, target, resume=resume, replace=replace)
        counts = {
            table.name: _copy_table(table, reading, target, on_progress) for table in schema.metadata.sorted_tables
        }
        with target.connect() as written:
            for table in schema.metadata.sorted_tables:
                _compare(table, reading, written)
        _finish(schema, target)
    return counts


@contextmanager
def _snapshot(source: Engine) -> Iterator[Connection]:
    """One transaction for all reading: it sees nothing that is written meanwhile."""
    with source.connect() as connection:
        if postgres.is_postgres(source):
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        else:
            connection.exec_driver_sql("BEGIN")  # the driver itself begins none for reading
        yield connection
        connection.rollback()


def _key(table: Table) -> Column[Any]:
    (column,) = table.primary_key.columns
    return column


def _prepare(schema: Schema, target: Engine, *, resume: bool, replace: bool) -> None:
    marked = UNFINISHED_PREFIX + schema.head_revision
    unfinished = False
    try:
        schema.upgrade(target)
    except UnfinishedCopyError:
        unfinished = True
    with target.begin() as connection:
        if unfinished and current_revision(connection) != marked:
            raise CopyError("An older version began this copy. Copy into an empty database.")
        holds = any(connection.execute(select(table).limit(1)).first() for table in schema.metadata.sorted_tables)
        if (holds or unfinished) and not (replace or (resume and unfinished)):
            raise CopyError(
                "An earlier copy into this database was not finished. Add --resume to go on, or --replace to begin anew."
                if unfinished
                else "The target holds data already. Name an empty database, or add --replace to delete what it holds."
            )
        if replace:
            for table in reversed(schema.metadata.sorted_tables):
                connection.execute(table.delete())
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{marked}'")  # noqa: S608 (our own text)


def _copy_table(table: Table, reading: Connection, target: Engine, on_progress: OnProgress) -> int:
    key = _key(table)
    total = reading.execute(select(func.count()).select_from(table)).scalar_one()
    with target.connect() as connection:
        done = connection.execute(select(func.count()).select_from(table)).scalar_one()
        last = connection.execute(select(key).order_by(_sort_key(key).desc()).limit(1)).scalar()
    on_progress(table.name, done, total)
    rows = reading.execution_options(yield_per=BATCH_SIZE).execute(_ordered(table, after=last))
    for chunk in batched(rows, BATCH_SIZE, strict=False):
        try:
            with target.begin() as connection:
                connection.execute(table.insert(), [dict(row._mapping) for row in chunk])
        except (DBAPIError, ValueError) as error:
            said = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise CopyError(
                f"A row of table {table.name}, one of those from {chunk[0]._mapping[key]} to {chunk[-1]._mapping[key]}, "
                f"can't be stored: {said}. Mend it in the source, then go on with --resume."
            ) from error
        done += len(chunk)
        on_progress(table.name, done, total)
    return int(total)


def _ordered(table: Table, after: object = None) -> Any:
    key = _key(table)
    chosen = select(table) if after is None else select(table).where(_sort_key(key) > after)
    return chosen.order_by(_sort_key(key))


def _sort_key(key: Column[Any]) -> ColumnElement[Any]:
    """What both sides sort by, in one order whatever the locale."""
    return bytewise(key) if key.type.python_type is str else key


def _compare(table: Table, reading: Connection, written: Connection) -> None:
    sides = [side.execution_options(yield_per=BATCH_SIZE).execute(_ordered(table)) for side in (reading, written)]
    for number, (wanted, there) in enumerate(zip_longest(*sides), 1):
        if wanted is None or there is None or tuple(wanted) != tuple(there):
            raise CopyError(
                f"The copy differs in row {number} of table {table.name}{_row_label(table, wanted or there)}. "
                "It can't be used. Begin anew with --replace."
            )


def _row_label(table: Table, row: Row[Any]) -> str:
    key = _key(table)
    return f" ({key.name} {row._mapping[key]})" if key.name in {"id", "number"} else ""


def _finish(schema: Schema, target: Engine) -> None:
    with target.begin() as connection:
        if postgres.is_postgres(target):
            for table in schema.metadata.sorted_tables:
                key = _key(table)
                if table.autoincrement_column is key:
                    # What the database numbers next goes on where the copied numbers end.
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{key.name}'), "  # noqa: S608
                        f'(SELECT coalesce(max("{key.name}"), 0) + 1 FROM "{table.name}"), false)'
                    )
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema.head_revision}'")  # noqa: S608


def sqlite_path(engine: Engine) -> Path | None:
    """The file of an engine's database; None for a server's."""
    return None if postgres.is_postgres(engine) else Path(str(engine.url.database)).absolute()
