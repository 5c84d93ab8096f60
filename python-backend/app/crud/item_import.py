"""An import into SQLite, whose only write lock others wait for: rows are collected beside the database, stored in one
transaction without the index of the search, and then indexed in short ones."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import batched

from sqlalchemy import Connection, Engine

from app.core import search_index
from app.models import ItemsImported, ItemTransfer, utc_now
from backend_host.text.folding import search_text

ROWS_AT_ONCE = 1_000
CACHE_KIB = 65_536
"""SQLite's page cache while rows are stored, in place of its 2 MB: indexes are written at random places."""
REBUILD_FROM = 20_000
"""So many new rows, if more than there were, make it quicker to build the indexes anew than to add each row to them."""

# A temporary table is a file of its own without a name: to write it locks nothing, and a process that is killed leaves nothing.
_STAGE = """
    CREATE TEMP TABLE staged (
        position INTEGER PRIMARY KEY, id TEXT, spare TEXT, title TEXT, description TEXT, created_at TEXT, search_text TEXT
    )
"""
_ADD = "INSERT INTO staged (id, spare, title, description, created_at, search_text) VALUES (?, ?, ?, ?, ?, ?)"

_SPARE_IDS = """
    UPDATE staged SET id = spare
    WHERE EXISTS (SELECT 1 FROM item WHERE item.id = staged.id AND item.owner_id <> ?)
"""
_FIND_CHANGED = """
    CREATE TEMP TABLE changed AS
    SELECT item.number, staged.position, item.search_text AS was, staged.search_text AS becomes
    FROM staged JOIN item ON item.id = staged.id
    WHERE item.title IS NOT staged.title OR item.description IS NOT staged.description
        OR item.created_at IS NOT staged.created_at OR item.search_text IS NOT staged.search_text
"""
_REPLACE = (
    """
    INSERT INTO item_search_pending (number, indexed_text)
    SELECT number, coalesce(was, '') FROM changed WHERE was IS NOT becomes
    ON CONFLICT (number) DO NOTHING
    """,
    """
    UPDATE item SET
        title = staged.title, description = staged.description, created_at = staged.created_at,
        search_text = staged.search_text
    FROM changed JOIN staged USING (position) WHERE item.number = changed.number
    """,
)
_LAST_NUMBER = """
    SELECT max(
        coalesce((SELECT max(number) FROM item), 0), coalesce((SELECT max(number) FROM item_search_pending), 0)
    )
"""
_ADD_NEW = (
    """
    INSERT INTO item_search_pending (number)
    SELECT ?1 + position FROM staged WHERE NOT EXISTS (SELECT 1 FROM item WHERE item.id = staged.id)
    """,
    """
    INSERT INTO item (number, id, title, description, created_at, owner_id, search_text)
    SELECT ?1 + position, id, title, description, created_at, ?2, search_text FROM staged
    WHERE NOT EXISTS (SELECT 1 FROM item WHERE item.id = staged.id)
    """,
)


def import_items(*, engine: Engine, owner_id: uuid.UUID, items: Iterable[ItemTransfer]) -> ItemsImported:
    """Store all of `items` or none. Others read the old rows until all new ones are there, and search finds these at once."""
    with engine.connect() as connection, _temporary_tables(connection):
        _stage(connection, items)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        imported = _store(connection, owner_id.hex)
        connection.commit()
        search_index.index_pending(connection)
    return imported


@contextmanager
def _temporary_tables(connection: Connection) -> Iterator[None]:
    """Leave the connection as it was: the pool gives it to others."""
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


def _stage(connection: Connection, items: Iterable[ItemTransfer]) -> None:
    connection.exec_driver_sql(_STAGE)
    now = utc_now()
    for chunk in batched(items, ROWS_AT_ONCE, strict=False):
        connection.exec_driver_sql(
            _ADD,
            [
                (
                    (item.id or uuid.uuid4()).hex,
                    uuid.uuid4().hex,
                    item.title,
                    item.description,
                    (item.created_at or now).replace(tzinfo=None).isoformat(" ", "microseconds"),  # as UtcDateTime does
                    search_text(item.title, item.description),
                )
                for item in chunk
            ],
        )
        connection.commit()


def _store(connection: Connection, owner_id: str) -> ItemsImported:
    def count(table: str) -> int:
        number: int = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
        return number

    connection.exec_driver_sql(_SPARE_IDS, (owner_id,))
    updated = count("staged JOIN item ON item.id = staged.id")
    created = count("staged") - updated
    connection.exec_driver_sql(_FIND_CHANGED)
    for statement in _REPLACE:
        connection.exec_driver_sql(statement)
    last = connection.exec_driver_sql(_LAST_NUMBER).scalar_one()
    with _rebuilt_indexes(connection, rebuild=created >= REBUILD_FROM and created > count("item")):
        add_pending, add_items = _ADD_NEW
        connection.exec_driver_sql(add_pending, (last,))
        connection.exec_driver_sql(add_items, (last, owner_id))
    return ItemsImported(created=created, updated=updated)


@contextmanager
def _rebuilt_indexes(connection: Connection, *, rebuild: bool) -> Iterator[None]:
    """Drop the indexes of items meanwhile, those that ensure uniqueness apart, in the same transaction."""
    of_items = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'item' AND sql IS NOT NULL"
    indexes = connection.exec_driver_sql(of_items).all() if rebuild else []
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        connection.exec_driver_sql(definition)
