"""SQLite and PostgreSQL return equal results of searches, sorts, pages and exports."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from sqlmodel import Session

from app import crud
from app.core.schema import schema
from app.models import ItemFileRow, ItemSort, User, UserSort
from backend_host.database import postgres
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.transfer.table_file import FileFormat

WORDS = [
    *(
        "Bread",
        "bread",
        "BREADS",
        "Éclair",
        "éclair",
        "ÉCLAIR",
        "ЧЁРНЫЙ",
        "чёрный хлеб",
        "黑面包",
        "100%",
        "a_b",
        "a-b",
        "\\",
    ),
    *(
        "ΟΔΟΣ",
        "οδός",
        "οδος",
        "STRASSE",
        "Straße",
        "Ünal",
        "uenal",
        "it's",
        '"quoted"',
        "🥖",
        "Zebra",
        "apple",
        "Apple pie",
    ),
    *("  two  spaces", "tab\tbed", "line\nbroken", "ǅ", "ﬁn", "K elvin", "Àé", "éà", "z", "Z", "~", "[", "_", "%"),
]
SEARCHES = [
    *(
        "bread",
        "READ",
        "éclair",
        "ÉCL",
        "é",
        "чёр",
        "ЁР",
        "ы",
        "面",
        "面包",
        "黑面包",
        "%",
        "_",
        "a_b",
        "a-b",
        "\\",
        "\\\\",
        "'",
    ),
    *(
        '"',
        '"quoted"',
        "οδο",
        "ΟΔΟΣ",
        "οδος",
        "strasse",
        "straße",
        "SS",
        "ün",
        "🥖",
        "z",
        "pp",
        "pie",
        "  ",
        "o  s",
        "b\tb",
    ),
    *("e\nb", "zzz", "00%", "it's", "'; DROP TABLE item; --", "a" * 255, "ﬁn", "àé", "ÉÀ", "descri", "DESCRI", "e d"),
]

OWNERS = [UUID(int=number, version=4) for number in (1_000, 1_001)]


@pytest.fixture
def sessions(database: str, tmp_path: Path) -> Iterator[list[Session]]:
    """A session on each database, with the same 600 items of two users."""
    engines = [create_sqlite_engine(f"sqlite:///{tmp_path / 'app.db'}"), postgres.create_postgres_engine(database, 2)]
    random = Random(7)  # noqa: S311
    users = OWNERS
    start = datetime(2026, 1, 1, tzinfo=UTC)
    items = [
        ItemFileRow(
            id=UUID(int=random.getrandbits(128), version=4),
            title=" ".join(random.choices(WORDS, k=random.randint(1, 3))).strip() or "x",
            description=random.choice([None, "", "description", " ".join(random.choices(WORDS, k=2))]),
            created_at=start + timedelta(microseconds=random.choice([0, 1, 1_000, random.getrandbits(40)])),
        )
        for _ in range(600)
    ]
    sessions = []
    for engine in engines:
        schema.upgrade(engine)
        sessions.append(session := Session(engine))
        names = ("Ada", "ada", "Ünal", "zoe", None, "_", "Éva", "[", "Eva")
        for number, name in enumerate(names):
            known = users[number] if number < 2 else UUID(int=number, version=4)
            session.add(User(id=known, email=f"{name}.{number}@example.com", full_name=name, created_at=start))
        session.commit()
        for number, owner in enumerate(users):
            crud.import_items(session=session, owner_id=owner, items=items[number::2])
    yield sessions
    for session, engine in zip(sessions, engines, strict=True):
        session.close()
        engine.dispose()


@pytest.mark.parametrize("owned", [True, False])
def test_search_returns_the_same_items_in_the_same_order(sessions: list[Session], owned: bool) -> None:
    hits = 0
    for search in SEARCHES:
        for sort in ItemSort:
            results = []
            for session in sessions:
                principal = User(id=OWNERS[0], email="", is_superuser=not owned)
                results.append(
                    crud.list_items(session=session, principal=principal, skip=0, limit=1_000, search=search, sort=sort)
                )
                session.rollback()
            assert results[0] == results[1], (search, sort)
            hits += results[0][1]
    assert hits > 1_000


def test_pages_contain_the_same_items(sessions: list[Session]) -> None:
    for sort in ItemSort:
        for skip in range(0, 650, 50):
            pages = []
            for session in sessions:
                principal = User(email="", is_superuser=True)
                pages.append(crud.list_items(session=session, principal=principal, skip=skip, limit=50, sort=sort))
            assert pages[0] == pages[1], (sort, skip)


def test_user_lists_and_searches_are_equal(sessions: list[Session]) -> None:
    for sort in UserSort:
        for q in ("", "ada", "ÜN", "ünal", "é", "_", "%", "exam", "[", "eva"):
            found = []
            for session in sessions:
                users, count = crud.list_users(session=session, skip=0, limit=50, q=q, sort=sort)
                found.append(([(user.id, user.email, user.full_name) for user in users], count))
            assert found[0] == found[1], (sort, q)


@pytest.mark.parametrize("kind", list(FileFormat))
def test_exports_are_byte_identical(sessions: list[Session], kind: FileFormat) -> None:
    files = [
        b"".join(crud.ITEM_FILE.write(crud.export_items(session=session, owner_id=OWNERS[0]), kind))
        for session in sessions
    ]
    assert files[0] == files[1]
    assert len(files[0]) > 10_000
