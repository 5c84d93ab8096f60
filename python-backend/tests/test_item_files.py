import csv
import io
import json
import uuid
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from app.core import body_limit
from app.core.security import create_access_token
from app.models import DEFAULT_USER_ID, User
from tests.backend_process import ON_SERVER

ITEMS = "/api/v1/items/"
ODD = [
    "plain",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'=quoted",
    "''",
    "'tis",
    'say "hi", twice',
    "two\r\nlines\nand\rmore",
    "ünïcödé 面包 🥖",
    "\uff1dwide",
    "a;b\tc",
    "\ufeffmark",
    "null",
]


@pytest.fixture
def stored(client: TestClient) -> list[dict[str, str]]:
    """Items with everything that a file could get wrong."""
    for text in ODD:
        client.post(ITEMS, json={"title": text, "description": text}).raise_for_status()
    for description in ("", "'", "\t=1", None):
        client.post(ITEMS, json={"title": "described", "description": description}).raise_for_status()
    return listed(client)


def listed(client: TestClient) -> list[dict[str, str]]:
    return client.get(ITEMS, params={"limit": 1000}).json()["data"]  # type: ignore[no-any-return]


def send(client: TestClient, content: str | bytes, file_format: str) -> tuple[int, dict[str, object]]:
    answer = client.post(f"{ITEMS}import", params={"format": file_format}, content=content)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("file_format", ["json", "csv"])
def test_what_is_exported_comes_back_as_it_was(
    client: TestClient, stored: list[dict[str, str]], file_format: str
) -> None:
    answer = client.get(f"{ITEMS}export", params={"format": file_format})
    assert answer.headers["content-disposition"].endswith(f'.{file_format}"')
    for item in stored[::2]:
        client.delete(ITEMS + item["id"])
    changed = stored[1]
    client.put(ITEMS + changed["id"], json={"title": "changed since"})

    status, said = send(client, answer.content, file_format)
    assert (status, said) == (200, {"created": len(stored[::2]), "updated": len(stored[1::2])})
    assert listed(client) == stored
    assert send(client, answer.content, file_format)[1] == {"created": 0, "updated": len(stored)}
    assert listed(client) == stored
    assert client.get(f"{ITEMS}export", params={"format": file_format}).content == answer.content


@pytest.mark.parametrize("file_format", ["json", "csv"])
def test_no_items_are_exported_as_a_file_that_can_be_imported(client: TestClient, file_format: str) -> None:
    empty = client.get(f"{ITEMS}export", params={"format": file_format})
    assert send(client, empty.content, file_format) == (200, {"created": 0, "updated": 0})


@pytest.mark.usefixtures("stored")
def test_no_cell_of_a_csv_begins_as_a_formula(client: TestClient) -> None:
    text = client.get(f"{ITEMS}export", params={"format": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == len(ODD) + 5
    assert [cell for row in rows for cell in row if cell[:1] and cell[0] in "=+-@\t\r\uff1d\uff0b\uff0d\uff20"] == []


def test_a_csv_written_by_hand_needs_a_title_only(client: TestClient) -> None:
    assert send(client, "Title\nBread\n\n Milk \n", "csv") == (200, {"created": 2, "updated": 0})
    assert {item["title"] for item in listed(client)} == {"Bread", "Milk"}


@pytest.mark.parametrize(
    ("content", "file_format", "row", "fault"),
    [
        ('[{"title": "a"}, {"title": " "}]', "json", 2, "Row 2"),
        ('[{"title": "a"}, 7]', "json", 2, "Row 2"),
        ('[{"title": "a\\u0000"}]', "json", 1, "Row 1"),
        ('[{"title": "\\ud800"}]', "json", 1, "Row 1"),
        ('[{"title": "a", "description": NaN}]', "json", 1, "Row 1"),
        ('[{"title": "a", "created_at": "0001-01-01T00:00:00+14:00"}]', "json", 1, "calendar"),
        ('[{"title": "a", "created_at": 1e300}]', "json", 1, "Row 1"),
        ('[{"title": "a", "created_at": 1700000000}]', "json", 1, "write it as in"),
        ("title,created_at\na,1700000000\n", "csv", 1, "write it as in"),
        ('{"title": "a"}', "json", 0, "array"),
        ("[" * 100_000, "json", 1, "no JSON"),
        ('[{"title":' * 100_000, "json", 1, "no JSON"),
        ("[" + "9" * 10_000 + "]", "json", 1, "no JSON"),
        ('[{"title": "a"} {"title": "b"}]', "json", 1, "comma"),
        ('[{"title": "a"},]', "json", 2, "no JSON"),
        ('[{"title": "a"}', "json", 0, "breaks off"),
        ('[{"title": "a"}] []', "json", 0, "follows"),
        ('[{"title": "a"}]' + "\n" * 200_000 + "x", "json", 0, "follows"),
        ("", "json", 0, "no JSON"),
        (b'[{"title": "\xff"}]', "json", 0, "UTF-8"),
        ("title\na\n\n" + "b" * 256 + "\n", "csv", 2, "Row 2"),
        ("title,description\na\n", "csv", 1, "has 1 cells"),
        ("title\na,b\n", "csv", 1, "has 2 cells"),
        ('title\n"a\n', "csv", 1, "no CSV"),
        ("title\na\0b\n", "csv", 1, "Row 1"),
        ("id,title\n7,a\n", "csv", 1, "Row 1"),
        ("name\na\n", "csv", 0, "names its columns"),
        ("", "csv", 0, "names its columns"),
        (b"title\n\xe9\n", "csv", 0, "UTF-8"),
        ("title\n" + "x" * 200_000, "csv", 1, "Row 1"),
    ],
)
def test_a_file_with_one_bad_row_is_refused_whole_and_the_row_is_named(
    client: TestClient, content: str | bytes, file_format: str, row: int, fault: str
) -> None:
    status, said = send(client, content, file_format)
    assert status == 422
    (detail,) = said["detail"]  # type: ignore[misc]
    assert detail["loc"][:2] == ["body", row]  # type: ignore[has-type]
    assert fault in detail["msg"]  # type: ignore[has-type]
    assert listed(client) == []


def test_an_id_that_comes_twice_is_refused(client: TestClient) -> None:
    own = str(uuid.uuid4())
    status, said = send(client, json.dumps([{"id": own, "title": "a"}, {"id": own, "title": "b"}]), "json")
    assert (status, said["detail"][0]["loc"]) == (422, ["body", 2, "id"])  # type: ignore[index]


def test_a_database_that_fails_half_way_keeps_nothing_of_the_file(client: TestClient, session: Session) -> None:
    forbid, allow = (
        ("ALTER TABLE item ADD CONSTRAINT no CHECK (title <> 'last')", "ALTER TABLE item DROP CONSTRAINT no")
        if ON_SERVER
        else (
            "CREATE TRIGGER no BEFORE INSERT ON item WHEN new.title = 'last' BEGIN SELECT RAISE(ABORT, 'no'); END",
            "DROP TRIGGER no",
        )
    )
    session.connection().exec_driver_sql(forbid)
    session.commit()
    try:
        rows = [{"title": "first"}] * 1_500 + [{"title": "last"}]
        assert send(client, json.dumps(rows), "json")[0] == 409
    finally:
        session.connection().exec_driver_sql(allow)
        session.commit()
    assert listed(client) == []


@pytest.mark.usefixtures("auth_on")
def test_a_file_of_somebody_else_is_copied_and_leaves_theirs_alone(client: TestClient, session: Session) -> None:
    session.add(guest := User(email="guest@example.com"))
    session.commit()
    tokens = {user: create_access_token(user, timedelta(minutes=5)) for user in (guest.id, DEFAULT_USER_ID)}
    client.headers["Authorization"] = f"Bearer {tokens[DEFAULT_USER_ID]}"
    mine = client.post(ITEMS, json={"title": "Mine"}).json()
    exported = client.get(f"{ITEMS}export").content

    client.headers["Authorization"] = f"Bearer {tokens[guest.id]}"
    assert client.get(f"{ITEMS}export").json() == []
    assert send(client, exported, "json") == (200, {"created": 1, "updated": 0})
    (copy,) = listed(client)
    assert (copy["title"], copy["owner_id"]) == ("Mine", str(guest.id))
    assert copy["id"] != mine["id"]

    client.headers["Authorization"] = f"Bearer {tokens[DEFAULT_USER_ID]}"
    assert client.get(ITEMS + mine["id"]).json() == mine
    assert [item["title"] for item in client.get(f"{ITEMS}export").json()] == ["Mine"], "a superuser's own only"


def test_many_items_go_out_and_in(client: TestClient) -> None:
    rows = [{"title": f"Item {number}", "description": "x" * 100} for number in range(12_000)]
    assert send(client, json.dumps(rows), "json") == (200, {"created": 12_000, "updated": 0})
    exported = client.get(f"{ITEMS}export", params={"format": "csv"}).content
    assert len(exported) > 1024 * 1024, "larger than any other body may be"
    assert send(client, exported, "csv") == (200, {"created": 0, "updated": 12_000})


def test_rows_longer_than_what_is_read_at_once_are_read_whole(client: TestClient) -> None:
    space = " " * 200_000
    rows = ",".join(f'{space}{{"title": {space}"Item {number}"}}{space}' for number in range(5))
    assert send(client, f"\ufeff{space}[{rows}]{space}", "json") == (200, {"created": 5, "updated": 0})
    assert {item["title"] for item in listed(client)} == {f"Item {number}" for number in range(5)}


def test_an_import_has_a_bound_of_its_own(client: TestClient) -> None:
    content = b"[" + b" " * (body_limit.MAX_BODY_BYTES * 2) + b"]"
    assert client.post(f"{ITEMS}import", content=content).status_code == 200
    answer = client.post(f"{ITEMS}import", content=b"", headers={"Content-Length": str(10**30)})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
