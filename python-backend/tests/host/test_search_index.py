"""Search, import and pages of another app's table."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from backend_host.database.column_types import UtcDateTime, UuidOrText
from backend_host.database.search_index import SearchIndex
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.database.table_import import TableImport
from backend_host.database.table_pages import TablePages

OWNER, OTHER = uuid.uuid4(), uuid.uuid4()
NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
INDEX = (
    "CREATE VIRTUAL TABLE note_search USING fts5(text, content='', columnsize=0, tokenize='trigram case_sensitive 1')",
    "CREATE TABLE note_search_pending (number INTEGER PRIMARY KEY, indexed_text TEXT)",
)


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(UuidOrText, unique=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(UuidOrText)
    text: Mapped[str]
    amount: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    search_text: Mapped[str | None]


NOTES = SearchIndex.of(Note, "text")
IMPORT = TableImport(NOTES, ("text", "amount", "at"))
PAGES = TablePages(NOTES.table, ("id", "text"), {"amount": NOTES.table.c.amount})


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine: Engine = create_sqlite_engine(f"sqlite:///{tmp_path / 'notes.db'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for statement in INDEX:
            session.connection().exec_driver_sql(statement)
        session.commit()
        yield session
    engine.dispose()


def store(session: Session, owner: uuid.UUID, *texts: str) -> tuple[int, int]:
    return IMPORT.run(session, owner, [(None, text, amount, NOW) for amount, text in enumerate(texts)])


def found(session: Session, search: str) -> list[str]:
    conditions = NOTES.conditions(session, search, owner_id=OWNER)
    rows, count = PAGES.page(session, sort="amount", skip=0, limit=10, filter_by={}, conditions=conditions)
    assert count == len(rows)
    return [row["text"] for row in rows]


@pytest.mark.parametrize("search", ["read", "BREAD", "re", "a"])
def test_search_matches_imported_rows_of_the_owner(session: Session, search: str) -> None:
    assert store(session, OWNER, "Bread", "Milk") == (2, 0)
    store(session, OTHER, "Bread of another owner")
    assert found(session, search) == ["Bread"]


def test_search_matches_rows_before_they_are_indexed(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as interrupted:
        interrupted.setattr(SearchIndex, "index_pending", lambda _index, _connection: None)
        store(session, OWNER, "Bread")
    assert found(session, "bread") == ["Bread"]
    NOTES.index_missing_rows(session.get_bind().engine)
    assert session.connection().exec_driver_sql("SELECT count(*) FROM note_search_pending").scalar() == 0
    assert found(session, "bread") == ["Bread"]


def test_import_succeeds_when_indexing_fails(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    connection = session.connection()
    connection.exec_driver_sql(
        "CREATE TRIGGER no BEFORE DELETE ON note_search_pending BEGIN SELECT RAISE(ABORT, 'not now'); END"
    )
    session.commit()
    assert store(session, OWNER, "Bread", "Milk") == (2, 0), "the rows are stored"
    assert "The search index of note is incomplete: not now" in caplog.text
    assert found(session, "bread") == ["Bread"]
    session.connection().exec_driver_sql("DROP TRIGGER no")
    session.commit()
    NOTES.index_missing_rows(session.get_bind().engine)
    assert found(session, "bread") == ["Bread"]


def test_index_missing_rows_fills_search_text_of_rows_without_one(session: Session) -> None:
    store(session, OWNER, "Bread")
    session.connection().exec_driver_sql("UPDATE note SET search_text = NULL")
    session.commit()
    NOTES.index_missing_rows(session.get_bind().engine)
    assert session.connection().exec_driver_sql("SELECT search_text FROM note").scalar() == "bread"


def test_orm_insert_sets_search_text(session: Session) -> None:
    session.add(note := Note(id=uuid.uuid4(), owner_id=OWNER, text="Bread", amount=1, at=NOW))
    session.commit()
    assert note.search_text == "bread"


def test_import_replaces_own_rows_and_copies_rows_of_another_owner(session: Session) -> None:
    own_row, other_row = uuid.uuid4(), uuid.uuid4()
    IMPORT.run(session, OWNER, [(own_row, "Bread", 1, NOW)])
    IMPORT.run(session, OTHER, [(other_row, "Milk", 1, NOW)])
    assert IMPORT.run(session, OWNER, [(own_row, "Butter", 2, NOW), (other_row, "Milk", 3, NOW)]) == (1, 1)
    notes = {(note.owner_id, note.text): note for note in session.query(Note)}
    assert set(notes) == {(OWNER, "Butter"), (OTHER, "Milk"), (OWNER, "Milk")}
    assert notes[OWNER, "Butter"].id == own_row
    assert notes[OTHER, "Milk"].id == other_row
    assert (notes[OWNER, "Butter"].amount, notes[OWNER, "Butter"].at) == (2, NOW)


@pytest.mark.parametrize("sort", ["amount", "-amount"])
def test_pages_cover_all_rows_in_order(session: Session, sort: str) -> None:
    texts = [str(number) for number in range(7)]
    store(session, OWNER, *texts)
    store(session, OTHER, "other")
    pages = [
        PAGES.page(session, sort=sort, skip=skip, limit=3, filter_by={"owner_id": OWNER}) for skip in range(0, 12, 3)
    ]
    assert {count for _, count in pages} == {7}
    read = [row["text"] for rows, _ in pages for row in rows]
    assert read == (texts[::-1] if sort.startswith("-") else texts)
