"""Items: lists, changes, import and export."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from app.models import Item, ItemCreate, ItemFileRow, ItemPublic, ItemsImported, ItemSort, ItemUpdate, Principal, User
from app.models.fields import utc_now
from app.models.item import ITEM_SEARCH
from backend_host.database.collation import case_insensitive
from backend_host.database.table_import import CHUNK_ROWS, TableImport
from backend_host.database.table_pages import TablePages
from backend_host.text.folding import search_text
from backend_host.transfer.table_file import TableFile

ITEM = ITEM_SEARCH.table
ITEM_FILE = TableFile(
    ItemFileRow,
    columns=("id", "title", "description", "created_at"),
    required=("title",),
    example='{"title": "Water the plants"}',
)
_IMPORT = TableImport(ITEM_SEARCH, ITEM_FILE.columns[1:])
_PAGES = TablePages(
    ITEM, tuple(ItemPublic.model_fields), {"created_at": ITEM.c.created_at, "title": case_insensitive(ITEM.c.title)}
)
_INSERT = insert(ITEM)


def list_items(
    *,
    session: Session,
    principal: User | Principal,
    skip: int,
    limit: int,
    search: str = "",
    sort: ItemSort = ItemSort.NEWEST,
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the items that `principal` may read, and their total count. A superuser may read all items.

    An item has the fields of ItemPublic, with ids as text. `search` selects items whose title or description contains it,
    regardless of case and Unicode form.
    """
    owned = {} if principal.is_superuser else {"owner_id": principal.id}
    conditions = ITEM_SEARCH.conditions(session, search, **owned) if search else []
    filter_by = {} if search else owned
    return _PAGES.page(session, sort=sort, skip=skip, limit=limit, filter_by=filter_by, conditions=conditions)


def create_item(*, session: Session, item_in: ItemCreate, owner_id: object) -> Item:
    """Create an item that `owner_id` owns."""
    text = search_text(item_in.title, item_in.description)
    item = Item.model_validate(item_in, update={"owner_id": owner_id, "search_text": text})
    # A Core statement: the ORM's unit of work takes longer than the INSERT.
    session.connection().execute(_INSERT, item.model_dump(exclude={"number"}))
    session.commit()
    return item


def update_item(*, session: Session, item: Item, item_in: ItemUpdate) -> Item:
    """Change the given fields."""
    item.sqlmodel_update(item_in.model_dump(exclude_unset=True))
    session.add(item)
    session.commit()
    return item


def delete_item(*, session: Session, item: Item) -> None:
    """Delete an item."""
    session.delete(item)
    session.commit()


def export_items(*, session: Session, owner_id: uuid.UUID) -> Iterator[Sequence[object]]:
    """Stream the owner's items, oldest first, as rows of ITEM_FILE. ORM entities would take several times as long."""
    columns = select(*(getattr(Item, name) for name in ITEM_FILE.columns))
    query = columns.where(Item.owner_id == owner_id).order_by(col(Item.created_at), col(Item.id))
    yield from session.exec(query.execution_options(yield_per=CHUNK_ROWS))


def import_items(*, session: Session, owner_id: uuid.UUID, items: Iterable[ItemFileRow]) -> ItemsImported:
    """Store all of `items` or none.

    An item with the id of one of the owner's items replaces that item. A new id is stored. An item without an id, or with the id
    of another user's item, gets a new id.
    """
    now = utc_now()
    rows = ((item.id, item.title, item.description, item.created_at or now) for item in items)
    created, updated = _IMPORT.run(session, owner_id, rows)
    return ItemsImported(created=created, updated=updated)
