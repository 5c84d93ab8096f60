"""Items: what is done with them."""

from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, func
from sqlmodel import Session, col, select

from app.crud.collation import ignoring_case
from app.crud.item_search import matching
from app.models import Item, ItemCreate, ItemPublic, ItemSort, ItemUpdate, User

_COLUMNS: tuple[Any, ...] = tuple(getattr(Item, name) for name in ItemPublic.model_fields)
"""What the API shows: plain values, for whole entities take several times as long."""
_TITLE = ignoring_case(col(Item.title))
_ORDERS: dict[ItemSort, tuple[UnaryExpression[Any], ...]] = {
    ItemSort.NEWEST: (col(Item.created_at).desc(), col(Item.id).desc()),
    ItemSort.OLDEST: (col(Item.created_at).asc(), col(Item.id).asc()),
    ItemSort.TITLE: (_TITLE.asc(), col(Item.id).asc()),
    ItemSort.TITLE_BACKWARDS: (_TITLE.desc(), col(Item.id).desc()),
}
"""Both columns in one direction, so that one index serves both directions."""


def list_items(
    *,
    session: Session,
    viewer: User,
    skip: int,
    limit: int,
    search: str = "",
    sort: ItemSort = ItemSort.NEWEST,
) -> tuple[list[dict[str, Any]], int]:
    """One page of the items `viewer` may see (a superuser: all) as the values of an ItemPublic, and how many there are in all.

    `search` keeps those whose title or description holds it, whatever the case; the empty text keeps all.
    """
    owner_id = None if viewer.is_superuser else viewer.id
    kept: list[ColumnElement[bool]]
    if search:
        kept = matching(session=session, search=search, owner_id=owner_id)
    else:
        kept = [] if owner_id is None else [col(Item.owner_id) == owner_id]
    count = session.exec(select(func.count()).select_from(Item).where(*kept)).one()
    page = select(*_COLUMNS).where(*kept).order_by(*_ORDERS[sort]).offset(skip).limit(limit)
    return [dict(zip(ItemPublic.model_fields, row, strict=True)) for row in session.exec(page)], count


def create_item(*, session: Session, item_in: ItemCreate, owner_id: object) -> Item:
    """Store a new item of `owner_id`."""
    item = Item.model_validate(item_in, update={"owner_id": owner_id})
    session.add(item)
    session.commit()
    session.refresh(item)
    return item


def update_item(*, session: Session, item: Item, item_in: ItemUpdate) -> Item:
    """Change the fields that were given, and only those."""
    item.sqlmodel_update(item_in.model_dump(exclude_unset=True))
    session.add(item)
    session.commit()
    session.refresh(item)
    return item


def delete_item(*, session: Session, item: Item) -> None:
    """Remove an item for good."""
    session.delete(item)
    session.commit()
