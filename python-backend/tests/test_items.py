import uuid
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session, col, delete

from app import crud
from app.core.db import engine
from app.core.security import create_access_token
from app.models import DEFAULT_USER_ID, Item, ItemCreate, User

ITEMS = "/api/v1/items/"


def create_item(client: TestClient, **fields: object) -> dict[str, str]:
    response = client.post(ITEMS, json={"title": "Bread", **fields})
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


def test_item_is_created_read_updated_and_deleted(client: TestClient) -> None:
    item = create_item(client, title="  Bread ", description="with seeds")
    assert item["title"] == "Bread"
    assert item["owner_id"] == str(DEFAULT_USER_ID)
    assert datetime.fromisoformat(item["created_at"]).tzinfo is not None
    assert client.get(ITEMS + item["id"]).json() == item

    changed = client.put(ITEMS + item["id"], json={"description": None}).json()
    assert changed == {**item, "description": None}

    assert client.delete(ITEMS + item["id"]).json() == {"message": "Item deleted successfully"}
    assert client.get(ITEMS + item["id"]).status_code == 404
    assert client.get(ITEMS).json() == {"data": [], "count": 0}


def test_items_page_is_newest_first_and_counts_all_items(client: TestClient) -> None:
    titles = [f"Item {number}" for number in range(7)]
    for title in titles:
        create_item(client, title=title)
    page = client.get(ITEMS, params={"skip": 2, "limit": 3}).json()
    assert [item["title"] for item in page["data"]] == ["Item 4", "Item 3", "Item 2"]
    assert page["count"] == 7


def test_created_at_is_stored_in_utc_with_microseconds(session: Session) -> None:
    before = datetime.now(UTC)
    item = crud.create_item(session=session, item_in=ItemCreate(title="Now"), owner_id=DEFAULT_USER_ID)
    assert before <= item.created_at <= datetime.now(UTC)


@pytest.mark.parametrize("title", ["", "   ", None, "x" * 256, 7])
def test_invalid_title_is_rejected_on_create_and_update(client: TestClient, title: object) -> None:
    item = create_item(client)
    assert client.post(ITEMS, json={"title": title}).status_code == 422
    assert client.put(ITEMS + item["id"], json={"title": title}).status_code == 422
    assert client.get(ITEMS).json()["data"] == [item]


def test_title_and_description_of_maximum_length_are_stored(client: TestClient) -> None:
    item = create_item(client, title="é" * 255, description="ü" * 255)
    assert (item["title"], item["description"]) == ("é" * 255, "ü" * 255)
    assert client.post(ITEMS, json={"title": "x", "description": "y" * 256}).status_code == 422


@pytest.mark.parametrize("query", [{"limit": -1}, {"limit": 0}, {"limit": 10**30}, {"skip": -1}, {"skip": 10**30}])
def test_invalid_page_parameters_are_rejected(client: TestClient, query: dict[str, int]) -> None:
    assert client.get(ITEMS, params=query).status_code == 422


def test_unknown_item_returns_404(client: TestClient) -> None:
    for method in ("GET", "DELETE"):
        response = client.request(method, ITEMS + str(uuid.uuid4()))
        assert (response.status_code, response.json()["detail"]) == (404, "Item not found")


def auth_headers(user_id: object, minutes: int = 5) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_access_token(user_id, timedelta(minutes=minutes))}"}


@pytest.mark.usefixtures("auth_on")
def test_items_reject_each_kind_of_invalid_token(client: TestClient, session: Session) -> None:
    assert client.get(ITEMS).status_code == 401
    assert client.get(ITEMS, headers={"Authorization": "Bearer nonsense"}).status_code == 403
    assert client.get(ITEMS, headers=auth_headers(DEFAULT_USER_ID, minutes=-1)).status_code == 403
    assert client.get(ITEMS, headers=auth_headers(uuid.uuid4())).json()["detail"] == "User not found"
    session.add(inactive := User(email="inactive@example.com", is_active=False))
    session.commit()
    assert client.get(ITEMS, headers=auth_headers(inactive.id)).json()["detail"] == "Inactive user"
    assert client.get(ITEMS, headers=auth_headers(DEFAULT_USER_ID)).status_code == 200


@pytest.mark.usefixtures("auth_on")
def test_items_of_another_user_are_forbidden_except_for_superusers(client: TestClient, session: Session) -> None:
    session.add(guest := User(email="guest@example.com"))
    session.commit()
    mine = crud.create_item(session=session, item_in=ItemCreate(title="Mine"), owner_id=DEFAULT_USER_ID)
    theirs = crud.create_item(session=session, item_in=ItemCreate(title="Theirs"), owner_id=guest.id)
    as_guest, as_superuser = auth_headers(guest.id), auth_headers(DEFAULT_USER_ID)

    assert [item["title"] for item in client.get(ITEMS, headers=as_guest).json()["data"]] == ["Theirs"]
    response = client.get(f"{ITEMS}{mine.id}", headers=as_guest)
    assert (response.status_code, response.json()["detail"]) == (403, "Not enough permissions")
    assert client.get(ITEMS, headers=as_superuser).json()["count"] == 2
    assert client.put(f"{ITEMS}{theirs.id}", headers=as_superuser, json={"title": "Ours"}).json()["title"] == "Ours"


def test_default_user_exists_while_auth_is_off(client: TestClient) -> None:
    user = client.get("/api/v1/users/me").json()
    assert user["id"] == str(DEFAULT_USER_ID)
    assert (user["is_superuser"], user["is_active"]) == (True, True)
    assert "hashed_password" not in user


def test_update_of_concurrently_deleted_item_returns_404(client: TestClient, session: Session) -> None:
    item = client.post(ITEMS, json={"title": "Short-lived"}).json()

    def delete_first(*_: object) -> None:
        with engine.begin() as other:
            other.execute(delete(Item).where(col(Item.id) == uuid.UUID(item["id"])))

    event.listen(Session, "before_flush", delete_first)
    try:
        response = client.put(ITEMS + item["id"], json={"title": "Changed"})
    finally:
        event.remove(Session, "before_flush", delete_first)
    assert (response.status_code, response.json()["code"]) == (404, "gone")
