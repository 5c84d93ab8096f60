"""Pages of a table's rows, as dicts and without the ORM."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from backend_host.database.column_types import uuid_as_text


class TablePages:
    """Reads pages of a table with a unique column `id`, sorted by one of some columns and the id.

    Statements are constructed once: constructing one and looking up its compiled form takes a fifth of the time of a page.
    """

    def __init__(self, table: Table, fields: Sequence[str], sort_columns: Mapping[str, ColumnElement[Any]]) -> None:
        """`sort_columns` by the name that `page` takes as `sort`."""
        self._table = table
        self._fields = tuple(fields)
        self._sort_columns = sort_columns
        self._counts: dict[tuple[str, ...], Select[Any]] = {}
        self._pages: dict[tuple[str, ...], Select[Any]] = {}

    def page(
        self,
        session: Session,
        *,
        sort: str,
        skip: int,
        limit: int,
        equal: Mapping[str, object],
        conditions: Sequence[ColumnElement[bool]] = (),
    ) -> tuple[list[dict[str, Any]], int]:
        """Up to `limit` rows after the first `skip`, and the count of all rows.

        Rows match all `conditions`, and their columns have the values `equal`. `sort` is a name of `sort_columns`, descending after
        a minus. UUIDs are text.
        """
        connection = session.connection()
        count = connection.execute(_where(self._count(*equal), conditions), equal).scalar_one()
        from_the_end = skip > count // 2  # databases read the rows that OFFSET skips
        if from_the_end:
            left = max(count - skip, 0)
            limit = min(limit, left)
            sort, skip = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}", left - limit
        page = _where(self._page(sort, *equal), conditions)
        rows = connection.execute(page, {**equal, "skip": skip, "limit": limit}).all()
        return [dict(zip(self._fields, row, strict=True)) for row in (rows[::-1] if from_the_end else rows)], count

    def _count(self, *equal: str) -> Select[Any]:
        if equal not in self._counts:
            self._counts[equal] = select(func.count()).select_from(self._table).where(*self._equal(equal))
        return self._counts[equal]

    def _page(self, sort: str, *equal: str) -> Select[Any]:
        if (key := (sort, *equal)) not in self._pages:
            fields = (uuid_as_text(self._table.c[name]) for name in self._fields)
            by = (self._sort_columns[sort.removeprefix("-")], self._table.c.id)
            # Both in one direction: one index serves both directions.
            ordered = (column.desc() if sort.startswith("-") else column.asc() for column in by)
            page = select(*fields).where(*self._equal(equal)).order_by(*ordered)
            self._pages[key] = page.offset(bindparam("skip", type_=Integer)).limit(bindparam("limit", type_=Integer))
        return self._pages[key]

    def _equal(self, names: Sequence[str]) -> list[ColumnElement[bool]]:
        return [self._table.c[name] == bindparam(name) for name in names]


def _where(statement: Select[Any], conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return statement.where(*conditions) if conditions else statement
