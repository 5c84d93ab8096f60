"""All items of one owner, out and in."""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

from sqlmodel import Session, col, select

from app.crud import item_import
from app.models import Item, ItemsImported, ItemTransfer, utc_now
from backend_host.database.postgres import is_postgres
from backend_host.errors import ConflictError
from backend_host.text.folding import search_text
from backend_host.transfer.table_file import TableFile

CHUNK_ROWS = 1_000
ITEM_FILE = TableFile(
    ItemTransfer,
    columns=("id", "title", "description", "created_at"),
    required=("title",),
    example='{"title": "Water the plants"}',
)

# Many rows a statement: one by one takes several times as long.
_STORE = """
    INSERT INTO item (owner_id, id, title, description, created_at, search_text)
    SELECT %s::uuid, (value ->> 0)::uuid, value ->> 1, value ->> 2, (value ->> 3)::timestamp, value ->> 4
    FROM json_array_elements(%s::json)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description,
        created_at = excluded.created_at, search_text = excluded.search_text
    WHERE item.owner_id = excluded.owner_id
"""


def export_items(*, session: Session, owner_id: uuid.UUID) -> Iterator[Sequence[object]]:
    """The columns of ITEM_FILE of the owner's items, oldest first, streamed. Entities would take several times as long."""
    columns = select(*(getattr(Item, name) for name in ITEM_FILE.columns))
    query = columns.where(Item.owner_id == owner_id).order_by(col(Item.created_at), col(Item.id))
    yield from session.exec(query.execution_options(yield_per=CHUNK_ROWS))


def import_items(*, session: Session, owner_id: uuid.UUID, items: Iterable[ItemTransfer]) -> ItemsImported:
    """Store all of `items` or none.

    An id that is an item of the owner's makes that item as the file has it; a new id is kept. No id, or one that is
    somebody else's item, makes a new item with an id of its own.
    """
    if not is_postgres(session):
        return item_import.import_items(engine=session.get_bind().engine, owner_id=owner_id, items=items)
    # One transaction: it keeps nobody from reading and writing other rows.
    now, stored, updated = utc_now(), 0, 0
    for chunk in batched(items, CHUNK_ROWS, strict=False):
        ids = [item.id for item in chunk if item.id]
        owners = dict(session.exec(select(Item.id, Item.owner_id).where(col(Item.id).in_(ids))).all())
        rows = []
        for item in chunk:
            own = item.id if item.id and owners.get(item.id, owner_id) == owner_id else uuid.uuid4()
            updated += own in owners
            moment = (item.created_at or now).replace(tzinfo=None).isoformat(" ", "microseconds")
            text = search_text(item.title, item.description)
            rows.append((own.hex, item.title, item.description, moment, text))
        stored += len(rows)
        _store(session, owner_id, rows)
    session.commit()
    return ItemsImported(created=stored - updated, updated=updated)


def _store(session: Session, owner_id: uuid.UUID, rows: list[tuple[str, str, str | None, str, str]]) -> None:
    stored = session.connection().exec_driver_sql(_STORE, (owner_id.hex, json.dumps(rows)))
    if stored.rowcount != len(rows):
        raise ConflictError  # somebody else took one of the ids since they were looked up
