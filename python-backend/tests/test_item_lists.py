import uuid
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from app.core.security import create_access_token
from app.models import DEFAULT_USER_ID, Item, User
from app.models.item import ITEM_SEARCH
from backend_host.database import search_index
from tests.backend_process import ON_POSTGRES

ITEMS = "/api/v1/items/"


def store(session: Session, *titles: str, description: str | None = None, owner: uuid.UUID = DEFAULT_USER_ID) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number, title in enumerate(titles):
        moment = start + timedelta(seconds=number)
        session.add(Item(title=title, description=description, created_at=moment, owner_id=owner))
    session.commit()


def titles(client: TestClient, **query: object) -> list[str]:
    response = client.get(ITEMS, params=query)  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    found = [item["title"] for item in response.json()["data"]]
    assert response.json()["count"] == len(found)
    return found


def test_items_are_sorted_by_date_or_title_in_both_directions(client: TestClient, session: Session) -> None:
    store(session, "pear", "Apple", "apple pie", "Zebra")
    assert titles(client) == ["Zebra", "apple pie", "Apple", "pear"]
    assert titles(client, sort="created_at") == ["pear", "Apple", "apple pie", "Zebra"]
    assert titles(client, sort="title") == ["Apple", "apple pie", "pear", "Zebra"]
    assert titles(client, sort="-title") == ["Zebra", "pear", "apple pie", "Apple"]
    assert client.get(ITEMS, params={"sort": "owner_id"}).status_code == 422


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "title", "-title"])
def test_pages_of_equal_items_contain_each_item_once(client: TestClient, session: Session, sort: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    session.add_all(Item(title="Same", created_at=moment, owner_id=DEFAULT_USER_ID) for _ in range(25))
    session.commit()
    ids = [
        item["id"]
        for skip in range(0, 25, 5)
        for item in client.get(ITEMS, params={"skip": skip, "limit": 5, "sort": sort}).json()["data"]
    ]
    assert len(set(ids)) == 25


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "title", "-title"])
@pytest.mark.parametrize("search", ["", "Same"])
def test_page_equals_slice_of_complete_list_at_each_offset(
    client: TestClient, session: Session, sort: str, search: str
) -> None:
    session.add_all(Item(title=f"Same {number % 4}", owner_id=DEFAULT_USER_ID) for number in range(11))
    session.commit()

    def page(skip: int, limit: int) -> list[object]:
        params: dict[str, str | int] = {"skip": skip, "limit": limit, "sort": sort, "search": search}
        response = client.get(ITEMS, params=params).json()
        assert response["count"] == 11
        return list(response["data"])

    all_items = page(0, 100)
    for skip in range(14):
        for limit in (1, 2, 5, 12):
            assert page(skip, limit) == all_items[skip : skip + limit], (skip, limit)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("bread", ["Rye BREAD"]),
        ("  Bread ", ["Rye BREAD"]),
        ("ye b", ["Rye BREAD"]),
        ("ы", ["ЧЁРНЫЙ хлеб"]),
        ("чёрный", ["ЧЁРНЫЙ хлеб"]),
        ("ЁР", ["ЧЁРНЫЙ хлеб"]),
        ("面包", ["黑面包"]),
        ("面", ["黑面包"]),
        ("éCL", ["Éclair"]),
        ("é", ["Éclair"]),
        ("%", ["100% wheat"]),
        ("0% w", ["100% wheat"]),
        ("_", ["snake_case"]),
        ("e_c", ["snake_case"]),
        ("\\", ["back\\slash"]),
        ('"', ['"quoted" OR not']),
        ('"quoted" OR', ['"quoted" OR not']),
        ("it's", ["it's"]),
        ("'", ["it's"]),
        ("title:bread", []),
        ("bread*", []),
        ("NEAR(rye bread)", []),
        ("bread AND", []),
        ("^rye", []),
        ("{title} : rye", []),
        ("-- ; DROP TABLE item", []),
        ("🥖", ["🥖 baguette"]),
        ("🥖 b", ["🥖 baguette"]),
        ("x" * 255, []),
    ],
)
def test_search_matches_special_characters_literally(
    client: TestClient, session: Session, search: str, found: list[str]
) -> None:
    store(
        session,
        "Rye BREAD",
        "ЧЁРНЫЙ хлеб",
        "黑面包",
        "Éclair",
        "100% wheat",
        "snake_case",
        "back\\slash",
        '"quoted" OR not',
        "it's",
        "🥖 baguette",
    )
    assert titles(client, search=search) == found


@pytest.mark.parametrize(
    ("title", "search"),
    [
        ("re\u0301sume\u0301 one", "r\u00e9sum\u00e9 o"),
        ("r\u00e9sum\u00e9 one", "re\u0301sume\u0301 o"),
        ("Ა geo", "ა ge"),
        ("Istanbul", "\u0131st"),
        ("STRASSE", "straße"),
        ("Straße", "STRASSE"),
        ("οδοσ", "οδος"),
        ("Việt Nam", "vie\u0302\u0323t"),
        ("ﬁne \uff21\uff22\uff23", "fine abc"),
        ("👨\u200d👩 us", "👨👩 u"),
    ],
)
@pytest.mark.parametrize("few", [0, 1_000])
def test_search_folds_case_and_unicode_form_at_each_length(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch, title: str, search: str, few: int
) -> None:
    monkeypatch.setattr(search_index, "MAX_MATCHES_BY_KEY", few)
    store(session, title, "Something else")
    for end in range(1, len(search) + 1):
        if search[end - 1] not in "\u200d ":
            assert title in titles(client, search=search[:end]), search[:end]


@pytest.mark.parametrize(("search", "found"), [("e", 2), ("ec", 1), ("é", 1), ("\u200b", 2), ("\u200bé", 1)])
def test_unaccented_search_matches_accented_letter_only_at_end_of_search(
    client: TestClient, session: Session, search: str, found: int
) -> None:
    store(session, "éclair", "eclat")
    assert len(titles(client, search=search)) == found


def test_item_inserted_by_another_program_is_found_after_restart(client: TestClient, session: Session) -> None:
    item_id = uuid.uuid4()
    parameters = (item_id.hex, DEFAULT_USER_ID.hex) if not ON_POSTGRES else (str(item_id), str(DEFAULT_USER_ID))
    insert = (
        "INSERT INTO item (id, owner_id, title, created_at) VALUES ({0}, {0}, 'Brought', '2026-01-01 00:00:00.000000')"
    )
    session.connection().exec_driver_sql(insert.format("%s" if ON_POSTGRES else "?"), parameters)
    session.commit()
    ITEM_SEARCH.index_missing_rows(session.get_bind().engine)
    for search in ("br", "BROUGHT"):
        assert titles(client, search=search) == ["Brought"]


@pytest.mark.parametrize("search", ["nul\0", "x" * 256])
def test_search_with_nul_or_above_length_limit_is_rejected(client: TestClient, search: str) -> None:
    assert client.get(ITEMS, params={"search": search}).status_code == 422


def test_search_includes_descriptions_and_empty_search_matches_all(client: TestClient, session: Session) -> None:
    store(session, "One", description="with seeds")
    store(session, "Two")
    assert titles(client, search="SEED") == ["One"]
    assert sorted(titles(client, search="   ")) == ["One", "Two"]


def test_search_reflects_create_update_and_delete_immediately(client: TestClient) -> None:
    item = client.post(ITEMS, json={"title": "Bread", "description": "brown"}).json()
    assert titles(client, search="rea") == ["Bread"]
    client.put(ITEMS + item["id"], json={"title": "Cake"})
    assert titles(client, search="rea") == []
    assert titles(client, search="cak") == titles(client, search="row") == ["Cake"]
    client.delete(ITEMS + item["id"])
    assert titles(client, search="cak") == []


def test_search_returns_the_same_for_few_and_many_matches(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(session, *(f"Item {number}" for number in range(20)))
    few = titles(client, search="item 1", sort="title")
    monkeypatch.setattr(search_index, "MAX_MATCHES_BY_KEY", 3)
    assert titles(client, search="item 1", sort="title") == few
    assert len(few) == 11


@pytest.mark.usefixtures("auth_on")
@pytest.mark.parametrize("few", [0, 1_000])
@pytest.mark.parametrize("search", ["bread", "br"])
def test_search_matches_other_users_items_for_superusers_only(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch, few: int, search: str
) -> None:
    monkeypatch.setattr(search_index, "MAX_MATCHES_BY_KEY", few)
    session.add(guest := User(email="guest@example.com"))
    session.commit()
    store(session, "My bread")
    store(session, "Their bread", owner=guest.id)
    for user, seen in ((guest.id, ["Their bread"]), (DEFAULT_USER_ID, ["My bread", "Their bread"])):
        client.headers["Authorization"] = f"Bearer {create_access_token(user, timedelta(minutes=5))}"
        assert titles(client, search=search, sort="title") == seen


@pytest.mark.desktop
def test_items_of_deleted_user_are_removed_from_search_index(client: TestClient, session: Session) -> None:
    session.add(guest := User(email="guest@example.com"))
    session.commit()
    store(session, "Their bread", owner=guest.id)
    session.delete(guest)
    session.commit()
    assert titles(client, search="bread") == []
    count = "SELECT count(*) FROM item_search WHERE item_search MATCH 'bread'"
    assert session.connection().exec_driver_sql(count).scalar() == 0


@pytest.mark.desktop
def test_each_sort_order_uses_an_index(session: Session) -> None:
    """A query plan with a temporary B-tree reads all items for each page."""
    for where in ("", "WHERE owner_id = 'x'"):
        for order in ("created_at DESC, id DESC", "created_at, id", "title COLLATE NOCASE, id"):
            plan = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN SELECT * FROM item {where} ORDER BY {order} LIMIT 50"
            )
            assert "TEMP B-TREE" not in str(plan.all()), (where, order)
