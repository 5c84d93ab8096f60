"""Substring search of a table's texts, the same on SQLite and PostgreSQL.

Both databases search the table's column `search_text` for the `search_variants` of a search, through a trigram index: SQLite's
FTS5 table `<table>_search`, PostgreSQL's pg_trgm. On SQLite, triggers update the FTS5 table, except for rows in
`<table>_search_pending`: an import stores rows in one transaction and indexes them in many short ones. A search scans pending
rows. The app's migration creates the column, the index, the pending table and the triggers.
"""

import logging
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    TableClause,
    UnaryExpression,
    and_,
    bindparam,
    column,
    event,
    exists,
    func,
    inspect,
    or_,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.operators import custom_op

from backend_host.database.postgres import is_postgres
from backend_host.launch import progress
from backend_host.text.folding import search_text, search_variants

logger = logging.getLogger(__name__)

BATCH_ROWS = 500
"""Rows indexed per transaction, which blocks other writers for about 30 ms."""
MAX_MATCHES_BY_KEY = 1_000
"""Up to this many matches are fetched by key. Otherwise the index of the sort order is scanned until a page is full."""
TRIGRAM = 3
"""Shorter searches scan the table."""


def set_search_text_on_flush(entity: type[Any], *attributes: str) -> None:
    """Set `entity.search_text` from its `attributes` before each INSERT and UPDATE by the ORM."""

    def set_search_text(_mapper: object, _connection: object, target: Any) -> None:
        target.search_text = search_text(*(getattr(target, name) for name in attributes))

    event.listen(entity, "before_insert", set_search_text)
    event.listen(entity, "before_update", set_search_text)


def contains(session: Session, text: SQLCoreOperations[Any], search: str) -> ColumnElement[bool]:
    """Return the SQL condition that the column `text` of folded texts contains `search`.

    Compares bytes: SQLite's LIKE would ignore ASCII case.
    """
    if is_postgres(session):
        return or_(*(text.like(_like_pattern(variant), escape="\\") for variant in search_variants(search)))
    return or_(*(func.instr(text, variant) > 0 for variant in search_variants(search)))


def _like_pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


@dataclass(frozen=True)
class SearchIndex:
    """The search index of a table with an integer key `number` and a column `search_text`."""

    table: Table
    texts: tuple[str, ...]
    """The columns that are searched."""

    @classmethod
    def of(cls, entity: type[Any], *attributes: str) -> SearchIndex:
        """Return the index of a mapped class. Sets its `search_text` from `attributes` at each flush."""
        set_search_text_on_flush(entity, *attributes)
        return cls(cast("Table", inspect(entity).local_table), attributes)

    @property
    def name(self) -> str:
        """Name of the FTS5 table on SQLite."""
        return f"{self.table.name}_search"

    @property
    def pending_name(self) -> str:
        """Name of the table with the numbers of rows that an import has stored but not indexed yet."""
        return f"{self.name}_pending"

    @cached_property
    def _fts(self) -> TableClause:
        return table(self.name, column("rowid"), column(self.name))

    @cached_property
    def _pending(self) -> TableClause:
        return table(self.pending_name, column("number"))

    def conditions(self, session: Session, search: str, **filter_by: object) -> list[ColumnElement[bool]]:
        """Return WHERE conditions for the rows that match `search` and have the column values `filter_by`."""
        columns = self.table.c
        exact = [columns[name] == value for name, value in filter_by.items()]
        variants = search_variants(search)
        if not variants[0]:
            return exact
        contained = contains(session, columns.search_text, search)
        if is_postgres(session) or len(variants[0]) < TRIGRAM:
            return [*exact, contained]
        phrases = " OR ".join('"' + variant.replace('"', '""') + '"' for variant in variants)
        found = select(self._fts.c.rowid).where(self._fts.c[self.name].op("MATCH")(phrases))
        connection = session.connection()
        if connection.execute(select(exists().select_from(self._pending))).scalar_one():
            is_pending = columns.number.in_(select(self._pending.c.number))
            indexed = and_(columns.number.in_(found), ~is_pending)
            return [*exact, or_(indexed, and_(is_pending, contained))]
        matches = connection.execute(select(func.count()).select_from(found.subquery())).scalar_one()
        if matches <= MAX_MATCHES_BY_KEY:
            exact = [_unindexed(columns[name]) == value for name, value in filter_by.items()]
            return [*exact, columns.number.in_(found)]
        return [*exact, _unindexed(columns.number).in_(found)]

    def index_missing_rows(self, engine: Engine) -> None:
        """Index the rows that an interrupted import or another program did not index. Takes a millisecond if there are none.

        Call it at startup. Logs an error of the database instead of raising it: searches then scan pending rows, and
        do not find rows without `search_text`.
        """
        try:
            with engine.connect() as connection:
                while self._fill_batch(connection):
                    progress.report("indexing")
                while not is_postgres(engine) and self._index_batch(connection):
                    progress.report("indexing")
        except DBAPIError as error:
            self._log_incomplete(error)

    def index_pending(self, connection: Connection) -> None:
        """Index pending rows in short transactions, with pauses for other writers. SQLite only.

        Logs an error of the database instead of raising it: the import that stored the rows has succeeded.
        """
        started = time.monotonic()
        try:
            while self._index_batch(connection):
                time.sleep((time.monotonic() - started) / 2)
                started = time.monotonic()
        except DBAPIError as error:
            connection.rollback()
            self._log_incomplete(error)

    def _log_incomplete(self, error: DBAPIError) -> None:
        logger.warning("The search index of %s is incomplete: %s", self.table.name, error.orig)

    def _index_batch(self, connection: Connection) -> bool:
        name, pending = self.name, self.pending_name
        last_of_batch = f"SELECT max(number) FROM (SELECT number FROM {pending} ORDER BY number LIMIT {BATCH_ROWS})"  # noqa: S608
        if connection.exec_driver_sql(last_of_batch).scalar() is None:
            connection.rollback()
            return False
        connection.rollback()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            last = (connection.exec_driver_sql(last_of_batch).scalar() or 0,)
            connection.exec_driver_sql(
                f"INSERT INTO {name} ({name}, rowid, text) SELECT 'delete', number, indexed_text"  # noqa: S608
                f" FROM {pending} WHERE number <= ? AND indexed_text IS NOT NULL",
                last,
            )
            connection.exec_driver_sql(
                f"INSERT INTO {name} (rowid, text) SELECT number, coalesce(search_text, '')"  # noqa: S608
                f" FROM {pending} JOIN {self.table.name} USING (number) WHERE number <= ?",
                last,
            )
            connection.exec_driver_sql(f"DELETE FROM {pending} WHERE number <= ?", last)  # noqa: S608
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        return True

    def _fill_batch(self, connection: Connection) -> bool:
        """Set the search_text of some rows that another program stored without one."""
        columns = self.table.c
        missing = select(columns.number, *(columns[name] for name in self.texts)).where(columns.search_text.is_(None))
        with connection.begin():
            rows = connection.execute(missing.limit(BATCH_ROWS)).all()
            if rows:
                fill = (
                    self.table.update()
                    .where(columns.number == bindparam("row_number"))
                    .values(search_text=bindparam("folded"))
                )
                connection.execute(
                    fill, [{"row_number": number, "folded": search_text(*texts)} for number, *texts in rows]
                )
        return bool(rows)


def _unindexed(operand: SQLCoreOperations[Any]) -> ColumnElement[Any]:
    """`+operand`: SQLite uses no index for this condition."""
    element = cast("ColumnElement[Any]", operand)
    return UnaryExpression(element, operator=custom_op("+"), type_=element.type)
