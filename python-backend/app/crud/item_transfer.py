"""All items of one owner, out and in."""

import uuid
from collections.abc import Iterator, Sequence
from itertools import batched

from sqlalchemy import Table, bindparam, insert, update
from sqlmodel import Session, SQLModel, col, select

from app.models import Item, ItemsImported, ItemTransfer, utc_now

ROWS_AT_ONCE = 1_000
_ITEM: Table = SQLModel.metadata.tables["item"]


def export_items(*, session: Session, owner_id: uuid.UUID) -> Iterator[Item]:
    """Every item of the owner as it is now, oldest first, fetched as it is read."""
    asked = select(Item).where(Item.owner_id == owner_id).order_by(col(Item.created_at), col(Item.id))
    yield from session.exec(asked.execution_options(yield_per=ROWS_AT_ONCE))


def import_items(*, session: Session, owner_id: uuid.UUID, items: Sequence[ItemTransfer]) -> ItemsImported:
    """Store all of `items` or none.

    An id that is an item of the owner's makes that item as the file has it; a new id is kept. No id, or one that is
    somebody else's item, makes a new item with an id of its own.
    """
    now, updated = utc_now(), 0
    for chunk in batched(items, ROWS_AT_ONCE, strict=False):
        ids = [item.id for item in chunk if item.id]
        owners = dict(session.exec(select(Item.id, Item.owner_id).where(col(Item.id).in_(ids))).all())
        added, changed = [], []
        for item in chunk:
            row = item.model_dump() | {"created_at": item.created_at or now}
            if item.id and owners.get(item.id) == owner_id:
                changed.append({f"new_{name}": value for name, value in row.items()})
            else:
                fresh = item.id is None or item.id in owners
                added.append(row | {"id": uuid.uuid4() if fresh else item.id, "owner_id": owner_id})
        if added:
            session.connection().execute(insert(_ITEM), added)
        if changed:
            values = {name: bindparam(f"new_{name}") for name in ("title", "description", "created_at")}
            session.connection().execute(update(_ITEM).where(_ITEM.c.id == bindparam("new_id")).values(values), changed)
        updated += len(changed)
    session.commit()
    return ItemsImported(created=len(items) - updated, updated=updated)
