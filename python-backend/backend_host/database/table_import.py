"""Imports many rows of an owner into a table with a search index, all or none.

SQLite has one write lock for all writers. An import collects its rows in a temporary table, stores them in one transaction without
indexing their text, and then indexes them in short transactions.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table, select
from sqlalchemy.orm import Session

from backend_host.database.postgres import is_postgres
from backend_host.database.search_index import SearchIndex
from backend_host.errors import ConflictError
from backend_host.text.folding import search_text

CHUNK_ROWS = 1_000
CACHE_KIB = 65_536
"""SQLite's page cache while rows are stored, instead of 2 MB: indexes are written at random positions."""
MIN_REBUILD_ROWS = 20_000
"""Minimum number of new rows for a rebuild of the indexes. An import also needs more new rows than the table had."""


@dataclass(frozen=True)
class TableImport:
    """Imports rows with the columns `id` (UUID), `columns` and `owner_id`, and the `search_text` of the index."""

    index: SearchIndex
    columns: tuple[str, ...]
    """The columns of a row after its id; they include those that are searched."""

    def run(self, session: Session, owner_id: uuid.UUID, rows: Iterable[Sequence[Any]]) -> tuple[int, int]:
        """Store all `rows`: values of `id` and `columns`. Returns the number of created and of updated rows.

        A row with the id of one of the owner's rows replaces that row. A row with a new id is created with that id; a row without
        an id, or with the id of another owner's row, is created with a new id. Other connections read the old rows until all
        new ones are stored. Raises ConflictError if another transaction takes an id concurrently.
        """
        if is_postgres(session):
            return self._import_into_postgres(session, owner_id, rows)
        return self._import_into_sqlite(session.get_bind().engine, owner_id, rows)

    @property
    def _table(self) -> Table:
        return self.index.table

    @property
    def _stored_columns(self) -> tuple[str, ...]:
        return (*self.columns, "search_text")

    def _stored_values(self, dialect: Dialect) -> Callable[[Sequence[Any]], Iterator[Any]]:
        """Converts a row to the values that the database stores in `_stored_columns`."""
        processors = [
            self._table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _identity for name in self.columns
        ]
        texts = [1 + self.columns.index(name) for name in self.index.texts]

        def stored_values(row: Sequence[Any]) -> Iterator[Any]:
            yield from (process(cell) for process, cell in zip(processors, row[1:], strict=True))
            yield search_text(*(row[position] for position in texts))

        return stored_values

    # SQLite

    def _import_into_sqlite(
        self, engine: Engine, owner_id: uuid.UUID, rows: Iterable[Sequence[Any]]
    ) -> tuple[int, int]:
        with engine.connect() as connection, _temporary_tables(connection):
            self._stage(connection, rows)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            counts = self._store(connection, owner_id.hex)
            connection.commit()
            self.index.index_pending(connection)
        return counts

    def _stage(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        names = ", ".join(("id", "new_id", *self._stored_columns))
        connection.exec_driver_sql(f"CREATE TEMP TABLE staged (position INTEGER PRIMARY KEY, {names})")
        marks = ", ".join("?" * (3 + len(self.columns)))
        insert = f"INSERT INTO staged ({names}) VALUES ({marks})"  # noqa: S608
        stored_values = self._stored_values(connection.dialect)
        for chunk in batched(rows, CHUNK_ROWS, strict=False):
            staged = [
                (
                    (row[0] or uuid.uuid4()).hex,
                    uuid.uuid4().hex,
                    *stored_values(row),
                )
                for row in chunk
            ]
            connection.exec_driver_sql(insert, staged)
            connection.commit()

    def _store(self, connection: Connection, owner_id: str) -> tuple[int, int]:
        table, pending = self._table.name, self.index.pending_name
        columns = ", ".join(self._stored_columns)
        differs = " OR ".join(f"{table}.{name} IS NOT staged.{name}" for name in self._stored_columns)
        assignments = ", ".join(f"{name} = staged.{name}" for name in self._stored_columns)
        is_new = f"NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.id = staged.id)"  # noqa: S608

        def execute(statement: str, *parameters: object) -> None:
            connection.exec_driver_sql(statement, parameters)

        def count(rows: str) -> int:
            number: int = connection.exec_driver_sql(f"SELECT count(*) FROM {rows}").scalar_one()  # noqa: S608
            return number

        execute(
            f"UPDATE staged SET id = new_id"  # noqa: S608
            f" WHERE EXISTS (SELECT 1 FROM {table} WHERE {table}.id = staged.id AND {table}.owner_id <> ?)",
            owner_id,
        )
        updated = count(f"staged JOIN {table} ON {table}.id = staged.id")
        created = count("staged") - updated
        execute(
            f"CREATE TEMP TABLE changed AS SELECT {table}.number, staged.position,"  # noqa: S608
            f" {table}.search_text AS old_text, staged.search_text AS new_text"
            f" FROM staged JOIN {table} ON {table}.id = staged.id WHERE {differs}"
        )
        execute(
            f"INSERT INTO {pending} (number, indexed_text) SELECT number, coalesce(old_text, '') FROM changed"  # noqa: S608
            " WHERE old_text IS NOT new_text ON CONFLICT (number) DO NOTHING"
        )
        execute(
            f"UPDATE {table} SET {assignments} FROM changed JOIN staged USING (position)"  # noqa: S608
            f" WHERE {table}.number = changed.number"
        )
        last: int = connection.exec_driver_sql(
            f"SELECT max(coalesce((SELECT max(number) FROM {table}), 0),"  # noqa: S608
            f" coalesce((SELECT max(number) FROM {pending}), 0))"
        ).scalar_one()
        with self._rebuilt_indexes(connection, rebuild=created >= MIN_REBUILD_ROWS and created > count(table)):
            execute(f"INSERT INTO {pending} (number) SELECT ?1 + position FROM staged WHERE {is_new}", last)  # noqa: S608
            execute(
                f"INSERT INTO {table} (number, id, owner_id, {columns})"  # noqa: S608
                f" SELECT ?1 + position, id, ?2, {columns} FROM staged WHERE {is_new}",
                last,
                owner_id,
            )
        return created, updated

    @contextmanager
    def _rebuilt_indexes(self, connection: Connection, *, rebuild: bool) -> Iterator[None]:
        """If `rebuild`, drop the table's indexes, except those of constraints, and recreate them at the end."""
        definitions = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        indexes = connection.exec_driver_sql(definitions, (self._table.name,)).all() if rebuild else []
        for name, _ in indexes:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        yield
        for _, definition in indexes:
            connection.exec_driver_sql(definition)

    # PostgreSQL: one transaction, which blocks no readers or writers of other rows

    def _import_into_postgres(
        self, session: Session, owner_id: uuid.UUID, rows: Iterable[Sequence[Any]]
    ) -> tuple[int, int]:
        columns = self._table.c
        stored_values = self._stored_values(session.get_bind().dialect)
        total = updated = 0
        for chunk in batched(rows, CHUNK_ROWS, strict=False):
            ids = [row[0] for row in chunk if row[0]]
            owner_query = select(columns.id, columns.owner_id).where(columns.id.in_(ids))
            owners: dict[uuid.UUID, uuid.UUID] = {row.id: row.owner_id for row in session.execute(owner_query)}
            stored = []
            for row in chunk:
                stored_id = row[0] if row[0] and owners.get(row[0], owner_id) == owner_id else uuid.uuid4()
                updated += stored_id in owners
                stored.append((stored_id, *stored_values(row)))
            total += len(stored)
            self._upsert(session, owner_id, stored)
        session.commit()
        return total - updated, updated

    def _upsert(self, session: Session, owner_id: uuid.UUID, rows: list[tuple[Any, ...]]) -> None:
        """One statement per chunk: a statement per row takes several times as long."""
        table, stored = self._table.name, self._stored_columns
        dialect = session.get_bind().dialect
        types = [self._table.c[name].type.compile(dialect) for name in ("id", *stored)]
        # A cast to VARCHAR(n) would truncate.
        casts = ("text" if name.startswith("VARCHAR") else name for name in types)
        values = ", ".join(f"(value ->> {position})::{name}" for position, name in enumerate(casts))
        assignments = ", ".join(f"{name} = excluded.{name}" for name in stored)
        statement = (
            f"INSERT INTO {table} (owner_id, id, {', '.join(stored)})"  # noqa: S608
            f" SELECT %s::uuid, {values} FROM json_array_elements(%s::json)"
            f" ON CONFLICT (id) DO UPDATE SET {assignments} WHERE {table}.owner_id = excluded.owner_id"
        )
        parameters = (owner_id.hex, json.dumps(rows, default=str))
        if session.connection().exec_driver_sql(statement, parameters).rowcount != len(rows):
            raise ConflictError  # another owner took one of the ids since they were looked up


def _identity(value: Any) -> Any:
    return value


@contextmanager
def _temporary_tables(connection: Connection) -> Iterator[None]:
    """Drop the temporary tables afterwards, because the pool reuses the connection. Writes to them do not lock the database."""
    cache = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    finally:
        for name in ("changed", "staged"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS temp.{name}")
        connection.exec_driver_sql(f"PRAGMA cache_size = {cache}")
        connection.commit()
