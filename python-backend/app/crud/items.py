"""Items: what is done with them."""

from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, UnaryExpression, bindparam, func, insert, select
from sqlmodel import Session

from app.crud.item_search import ITEM, matching
from app.models import Item, ItemCreate, ItemPublic, ItemSort, ItemUpdate, User, Viewer
from backend_host.database.collation import case_insensitive
from backend_host.database.column_types import uuid_as_text
from backend_host.text.folding import search_text

# The table's columns, not the entity's: plain values, without the ORM's way of making rows.
_COUNT = select(func.count()).select_from(ITEM)
_FIELDS = tuple(ItemPublic.model_fields)
_PAGE = select(*(uuid_as_text(ITEM.c[name]) for name in _FIELDS))
_INSERT = insert(ITEM)
_TITLE = case_insensitive(ITEM.c.title)
_ORDERS: dict[ItemSort, tuple[UnaryExpression[Any], ...]] = {
    ItemSort.NEWEST: (ITEM.c.created_at.desc(), ITEM.c.id.desc()),
    ItemSort.OLDEST: (ITEM.c.created_at.asc(), ITEM.c.id.asc()),
    ItemSort.TITLE: (_TITLE.asc(), ITEM.c.id.asc()),
    ItemSort.TITLE_BACKWARDS: (_TITLE.desc(), ITEM.c.id.desc()),
}
"""Both columns in one direction, so that one index serves both directions."""
_BACKWARDS = {
    ItemSort.NEWEST: ItemSort.OLDEST,
    ItemSort.OLDEST: ItemSort.NEWEST,
    ItemSort.TITLE: ItemSort.TITLE_BACKWARDS,
    ItemSort.TITLE_BACKWARDS: ItemSort.TITLE,
}


# Statements are made once each: to make one anew and to find out that it is known takes a fifth of the time of a page.
_OF_ONE = ITEM.c.owner_id == bindparam("owner_id")


@cache
def _counting(*, of_one: bool) -> Select[Any]:
    """Counts all items, or those of one owner; takes owner_id."""
    return _COUNT.where(_OF_ONE) if of_one else _COUNT


@cache
def _reading(sort: ItemSort, *, of_one: bool) -> Select[Any]:
    """Reads a page of the same; takes owner_id, skip and limit."""
    kept = _PAGE.where(_OF_ONE) if of_one else _PAGE
    ordered = kept.order_by(*_ORDERS[sort])
    return ordered.offset(bindparam("skip", type_=Integer)).limit(bindparam("limit", type_=Integer))


def list_items(
    *,
    session: Session,
    viewer: User | Viewer,
    skip: int,
    limit: int,
    search: str = "",
    sort: ItemSort = ItemSort.NEWEST,
) -> tuple[list[dict[str, Any]], int]:
    """One page of the items `viewer` may see (a superuser: all), and how many there are in all.

    An item is the fields of an ItemPublic, with its ids as text. `search` keeps those whose title or description contains it,
    whatever its case and Unicode form; the empty text keeps all.
    """
    owner_id = None if viewer.is_superuser else viewer.id
    found = matching(session=session, search=search, owner_id=owner_id) if search else []
    of_one = owner_id is not None and not search  # a search knows whose items it finds
    connection = session.connection()
    counting = _counting(of_one=of_one)
    count = connection.execute(counting.where(*found) if found else counting, {"owner_id": owner_id}).scalar_one()
    from_the_end = skip > count // 2  # a database counts what it skips one by one, so from the nearer end
    if from_the_end:
        left = max(count - skip, 0)
        limit = min(limit, left)
        sort, skip = _BACKWARDS[sort], left - limit
    reading = _reading(sort, of_one=of_one)
    place = {"owner_id": owner_id, "skip": skip, "limit": limit}
    page = connection.execute(reading.where(*found) if found else reading, place).all()
    if from_the_end:
        page = page[::-1]
    return [dict(zip(_FIELDS, row, strict=True)) for row in page], count


def create_item(*, session: Session, item_in: ItemCreate, owner_id: object) -> Item:
    """Store a new item of `owner_id`."""
    text = search_text(item_in.title, item_in.description)
    item = Item.model_validate(item_in, update={"owner_id": owner_id, "search_text": text})
    # A statement: to find out what one new object means for all others takes a session longer than to store it.
    session.connection().execute(_INSERT, item.model_dump(exclude={"number"}))
    session.commit()
    return item


def update_item(*, session: Session, item: Item, item_in: ItemUpdate) -> Item:
    """Change the fields that were given, and only those."""
    item.sqlmodel_update(item_in.model_dump(exclude_unset=True))
    session.add(item)
    session.commit()
    return item


def delete_item(*, session: Session, item: Item) -> None:
    """Remove an item for good."""
    session.delete(item)
    session.commit()
