"""Finding items by a part of their text.

Both databases look for the same `needles` in the column `search_text`, at any length, so that they find the same, and a
longer search never finds more. Migration 0005 makes the indexes: runs of three characters.
"""

import uuid
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    UnaryExpression,
    and_,
    column,
    event,
    exists,
    func,
    inspect,
    or_,
    select,
    table,
)
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.operators import custom_op
from sqlmodel import Session

from app.crud.like import contains
from app.models import Item
from backend_host.database.postgres import is_postgres
from backend_host.text.folding import needles, search_text

FEW = 1_000
"""Up to so many matches are fetched one by one; of more, a page is filled by walking the index of its order."""
SHORTEST_INDEXED = 3
"""The index knows every run of three characters; for less there is only looking at each item."""

ITEM = cast("Table", inspect(Item).local_table)
_SEARCH = table("item_search", column("rowid"), column("item_search"))
_PENDING = table("item_search_pending", column("number"))
_IS_PENDING = ITEM.c.number.in_(select(_PENDING.c.number))


def matching(*, session: Session, search: str, owner_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    """Conditions for the items (of `owner_id`, or all) whose title or description contains `search`."""
    parts = needles(search)
    owned = [] if owner_id is None else [ITEM.c.owner_id == owner_id]
    if not parts[0]:
        return owned
    contained = contains(session, ITEM.c.search_text, parts)
    if is_postgres(session) or len(parts[0]) < SHORTEST_INDEXED:
        return [*owned, contained]
    phrases = " OR ".join('"' + part.replace('"', '""') + '"' for part in parts)
    found = select(_SEARCH.c.rowid).where(_SEARCH.c.item_search.op("MATCH")(phrases))
    connection = session.connection()
    if connection.execute(select(exists().select_from(_PENDING))).scalar_one():
        indexed = and_(ITEM.c.number.in_(found), ~_IS_PENDING)
        return [*owned, or_(indexed, and_(_IS_PENDING, contained))]
    matches = connection.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    if matches <= FEW:
        owned = [] if owner_id is None else [_unindexed(ITEM.c.owner_id) == owner_id]
        return [*owned, ITEM.c.number.in_(found)]
    return [*owned, _unindexed(ITEM.c.number).in_(found)]


def _unindexed(asked: SQLCoreOperations[Any]) -> ColumnElement[Any]:
    """`+asked`: SQLite's way of saying that no index shall be chosen for this condition."""
    operand = cast("ColumnElement[Any]", asked)
    return UnaryExpression(operand, operator=custom_op("+"), type_=operand.type)


@event.listens_for(Item, "before_insert")
@event.listens_for(Item, "before_update")
def _set_search_text(_mapper: Any, _connection: Connection, item: Item) -> None:
    item.search_text = search_text(item.title, item.description)
