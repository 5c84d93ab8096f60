"""Finding items by a part of their text: the index that migration 0003 makes, and what it can't answer."""

import uuid
from itertools import product
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, UnaryExpression, column, func, inspect, or_, select, table
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.operators import custom_op
from sqlmodel import Session

from app.core.postgres import is_postgres
from app.crud.collation import holds
from app.crud.like import like_part
from app.models import Item

FEW = 1_000
"""Up to so many matches are fetched one by one; of more, a page is filled by walking the index of its order."""
SHORTEST_INDEXED = 3
"""The index knows every run of three characters; for less there is only looking at each item."""

ITEM = cast("Table", inspect(Item).local_table)
_SEARCH = table("item_search", column("rowid"), column("item_search"))


def matching(*, session: Session, search: str, owner_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    """Conditions for the items (of `owner_id`, or all) whose title or description holds `search`, whatever the case."""
    if is_postgres(session):
        owned = [] if owner_id is None else [ITEM.c.owner_id == owner_id]
        return [*owned, or_(holds(ITEM.c.title, search), holds(ITEM.c.description, search))]
    if len(search) < SHORTEST_INDEXED:
        owned = [] if owner_id is None else [ITEM.c.owner_id == owner_id]
        patterns = [like_part(spelling) for spelling in _spellings(search)]
        texts = (ITEM.c.title, ITEM.c.description)
        return [*owned, or_(*(text.like(pattern, escape="\\") for text in texts for pattern in patterns))]
    phrase = '"' + search.replace('"', '""') + '"'
    found = select(_SEARCH.c.rowid).where(_SEARCH.c.item_search.op("MATCH")(phrase))
    matches = session.connection().execute(select(func.count()).select_from(found.subquery())).scalar_one()
    if matches <= FEW:
        owned = [] if owner_id is None else [_unindexed(ITEM.c.owner_id) == owner_id]
        return [*owned, ITEM.c.number.in_(found)]
    owned = [] if owner_id is None else [ITEM.c.owner_id == owner_id]
    return [*owned, _unindexed(ITEM.c.number).in_(found)]


def _unindexed(asked: SQLCoreOperations[Any]) -> ColumnElement[Any]:
    """`+asked`: SQLite's way of saying that no index shall be chosen for this condition."""
    operand = cast("ColumnElement[Any]", asked)
    return UnaryExpression(operand, operator=custom_op("+"), type_=operand.type)


def _spellings(search: str) -> set[str]:
    """LIKE ignores the case of ASCII letters only: `search` with every other letter in either case."""
    choices = ({letter} if letter.isascii() else {letter.lower(), letter.upper()} for letter in search)
    return {"".join(letters) for letters in product(*choices)}
