"""Imports into SQLite with concurrent access or interruptions."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from app import crud
from app.core.config import settings
from app.main import app
from app.models import DEFAULT_USER_ID, ItemFileRow
from app.models.item import ITEM_SEARCH
from backend_host.database import table_import
from backend_host.database.search_index import SearchIndex

pytestmark = pytest.mark.desktop

ITEMS = "/api/v1/items/"


@pytest.fixture
def other(client: TestClient) -> Iterator[sqlite3.Connection]:
    """A connection of another program, without a busy timeout."""
    assert client
    path = settings.SQLALCHEMY_DATABASE_URI.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        yield connection


def count(connection: sqlite3.Connection, table: str = "item") -> int:
    (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(number)


def write_user(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE user SET full_name = 'Written concurrently'")


def import_items(session: Session, items: Iterator[ItemFileRow] | list[ItemFileRow]) -> None:
    crud.import_items(session=session, owner_id=DEFAULT_USER_ID, items=items)


def search(client: TestClient, search: str) -> list[str]:
    response = client.get(ITEMS, params={"search": search, "sort": "title"}).json()
    assert response["count"] == len(response["data"])
    return [item["title"] for item in response["data"]]


def test_other_writers_proceed_while_import_reads_and_indexes(
    session: Session, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []

    def items() -> Iterator[ItemFileRow]:
        for number in range(3_500):
            if number % 1_000 == 500:
                write_user(other)
                assert count(other) == 0, "an import is atomic"
            yield ItemFileRow(title=f"Item {number}")

    def pause(_seconds: float) -> None:
        write_user(other)
        assert count(other) == 3_500
        pauses.append(count(other, "item_search_pending"))

    monkeypatch.setattr("backend_host.database.search_index.time.sleep", pause)
    import_items(session, items())
    assert pauses == [3_000, 2_500, 2_000, 1_500, 1_000, 500, 0]


def test_interrupted_import_stores_nothing(client: TestClient, session: Session, other: sqlite3.Connection) -> None:
    def items() -> Iterator[ItemFileRow]:
        yield from (ItemFileRow(title=f"Item {number}") for number in range(1_500))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_items(session, items())
    write_user(other)
    assert (count(other), count(other, "item_search_pending")) == (0, 0)
    import_items(session, [ItemFileRow(title="The same connection")])
    assert search(client, "connection") == ["The same connection"]


def test_pending_rows_can_be_searched_updated_and_deleted(
    client: TestClient, session: Session, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [uuid.uuid4() for _ in range(5)]
    import_items(session, [ItemFileRow(id=item_id, title=f"Before {place}") for place, item_id in enumerate(ids)])
    with monkeypatch.context() as interrupted:
        interrupted.setattr(SearchIndex, "index_pending", lambda _index, _connection: None)
        changed = [ItemFileRow(id=item_id, title=f"After {place}") for place, item_id in enumerate(ids[:3])]
        import_items(session, [*changed, ItemFileRow(title="After 3"), ItemFileRow(title="Next 4")])
    assert count(other, "item_search_pending") == 5

    def check() -> None:
        assert search(client, "before") == ["Before 3", "Before 4"]
        assert search(client, "after") == search(client, "fte") == ["After 0", "After 3"]
        assert search(client, "ft") == ["After 0", "After 3"]
        assert search(client, "again") == ["Again 1"]

    client.put(f"{ITEMS}{ids[1]}", json={"title": "Again 1"}).raise_for_status()
    client.delete(f"{ITEMS}{ids[2]}").raise_for_status()
    check()
    ITEM_SEARCH.index_missing_rows(session.get_bind().engine)
    assert count(other, "item_search_pending") == 0
    check()
    other.execute("INSERT INTO item_search (item_search) VALUES ('integrity-check')")
    matches = other.execute("SELECT count(*) FROM item_search WHERE item_search MATCH 'before'").fetchone()
    assert matches == (2,), "the index contains old text"


def test_startup_indexes_pending_rows_of_interrupted_import(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as interrupted:
        interrupted.setattr(SearchIndex, "index_pending", lambda _index, _connection: None)
        import_items(session, [ItemFileRow(title="Pending")])
    pending = "SELECT count(*) FROM item_search_pending"
    assert session.connection().exec_driver_sql(pending).scalar() == 1
    session.commit()
    with TestClient(app):
        assert session.connection().exec_driver_sql(pending).scalar() == 0


@pytest.mark.parametrize("rebuild_from", [1, 10_000])
def test_import_preserves_all_indexes(
    session: Session, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, rebuild_from: int
) -> None:
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    before = other.execute(schema).fetchall()
    monkeypatch.setattr(table_import, "MIN_REBUILD_ROWS", rebuild_from)
    import_items(session, [ItemFileRow(title=f"Item {number}") for number in range(100)])
    assert other.execute(schema).fetchall() == before
    assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_import_of_unchanged_rows_writes_nothing(
    client: TestClient, session: Session, other: sqlite3.Connection
) -> None:
    client.post(ITEMS, json={"title": "One", "description": "more"}).raise_for_status()
    exported = client.get(f"{ITEMS}export").content
    other.execute("CREATE TRIGGER no BEFORE UPDATE ON item BEGIN SELECT RAISE(ABORT, 'no'); END")
    try:
        assert client.post(f"{ITEMS}import", content=exported).json() == {"created": 0, "updated": 1}
    finally:
        other.execute("DROP TRIGGER no")
