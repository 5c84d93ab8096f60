import asyncio
import csv
import io
import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import cast

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import QueuePool
from sqlmodel import Session

from app.core.db import engine
from app.core.security import create_access_token
from app.main import app
from app.models import DEFAULT_USER_ID, User
from backend_host.http import body_limit
from backend_host.transfer import csv_reader, table_file
from tests.accounts import auth_headers, make_user
from tests.backend_process import ON_POSTGRES

ITEMS = "/api/v1/items/"
TRICKY_TEXTS = [
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
    "x;=1+1",
    'x;"=1+1";',
    ";'=1",
    "x|@SUM(A1)",
    "x\t-1",
    "x\n=1+1",
    "x;\ty",
    "x\n\ty",
    "; \"'=1",
    "\u00a0=1",
    "x;\u3000\u200b=1",
]


@pytest.fixture
def stored(client: TestClient) -> list[dict[str, str]]:
    """Items with texts that exports can corrupt."""
    for text in TRICKY_TEXTS:
        client.post(ITEMS, json={"title": text, "description": text}).raise_for_status()
    for description in ("", "'", "\t=1", None):
        client.post(ITEMS, json={"title": "described", "description": description}).raise_for_status()
    return list_items(client)


def list_items(client: TestClient) -> list[dict[str, str]]:
    return client.get(ITEMS, params={"limit": 1000}).json()["data"]  # type: ignore[no-any-return]


def import_file(client: TestClient, content: str | bytes) -> tuple[int, dict[str, object]]:
    response = client.post(f"{ITEMS}import", content=content)
    return response.status_code, response.json()


@pytest.mark.parametrize("file_format", ["json", "csv"])
def test_exported_items_are_imported_unchanged(
    client: TestClient, stored: list[dict[str, str]], file_format: str
) -> None:
    response = client.get(f"{ITEMS}export", params={"format": file_format})
    assert response.headers["content-disposition"].endswith(f'.{file_format}"')
    for item in stored[::2]:
        client.delete(ITEMS + item["id"])
    changed = stored[1]
    client.put(ITEMS + changed["id"], json={"title": "changed since"})

    status, body = import_file(client, response.content)
    assert (status, body) == (200, {"created": len(stored[::2]), "updated": len(stored[1::2])})
    assert list_items(client) == stored
    assert import_file(client, response.content)[1] == {"created": 0, "updated": len(stored)}
    assert list_items(client) == stored
    assert client.get(f"{ITEMS}export", params={"format": file_format}).content == response.content


@pytest.mark.parametrize("file_format", ["json", "csv"])
def test_export_without_items_can_be_imported(client: TestClient, file_format: str) -> None:
    empty = client.get(f"{ITEMS}export", params={"format": file_format})
    assert import_file(client, empty.content) == (200, {"created": 0, "updated": 0})


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_exported_csv_cell_starts_a_formula_under_any_separator(client: TestClient, separator: str) -> None:
    text = client.get(f"{ITEMS}export", params={"format": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert len(rows) >= len(TRICKY_TEXTS) + 5
    assert [cell for row in rows for cell in row if cell[:1] and cell[0] in "=+-@\t\r\uff1d\uff0b\uff0d\uff20"] == []


def test_csv_import_requires_title_only(client: TestClient) -> None:
    assert import_file(client, "Title\nBread\n\n Milk \n") == (200, {"created": 2, "updated": 0})
    assert {item["title"] for item in list_items(client)} == {"Bread", "Milk"}


@pytest.mark.parametrize(
    "content",
    [
        "title,description\nMilk,two\n",
        "title;description\nMilk;two\n",
        "title\tdescription\r\nMilk\ttwo\r\n",
        "title|description\nMilk|two",
        "sep=;\ntitle;description\nMilk;two\n",
        '"sep=,"\r\n"title","description"\r\n"Milk","two"\r\n',
        "sep=^\ntitle^description\nMilk^two\n",
        "TITLE ; Description\rMilk;two\r",
        "\n\ntitle,description\n,\nMilk,two\n,\n \n,\n",
        "title,description,,\nMilk,two,,\n,,,\n",
        ",title,description\n,Milk,two\n",
        "\ufefftitle,description\nMilk,two\n",
        "title,description\nMilk,two\n".encode("utf-16"),
        "\ufefftitle\tdescription\nMilk\ttwo\n".encode("utf-16-be"),
        "title,description\nMilk,two\n".encode("utf-32"),
        '{"data": [{"title": "Milk", "description": "two", "owner_id": "someone"}], "count": 1}',
        '{"count": 1,\n "data": [\n{"title": "Milk", "description": "two"}]}\n',
        '{"data": [{"title": "Milk", "description": "two"}]}',
        '{"title": "Milk", "description": "two"}\n',
        "SEP= ;\n\ntitle;description\nMilk;two\n",
        '\ufeff\n"sep=\t"\ntitle\tdescription\nMilk\ttwo\n',
        "sep=\\t\ntitle\tdescription\nMilk\ttwo\n",
        "sep=,\ntitle;description\nMilk;two\n",
        '"\ufefftitle","\u00a0Description"\nMilk,two\n',
        "\ufeff\ufefftitle,description\nMilk,two\n",
        "\uff34itle,\u200bdescription\nMilk,two\n",
        '{"data": [{"title": "Milk", "description": "two"}], "count": 1, "links": {"next": [null]}}',
        '{"next": "\\"data\\": [", "total": -1.5e3, "data": [{"title": "Milk", "description": "two"}]}',
        '{"title": "Milk", "data": [], "description": "two"}',
        '[{"title": "Milk", "description": "two"}]'.encode("utf-16"),
    ],
)
def test_import_reads_files_of_common_programs(client: TestClient, content: str | bytes) -> None:
    assert import_file(client, content) == (200, {"created": 1, "updated": 0})
    assert [(item["title"], item["description"]) for item in list_items(client)] == [("Milk", "two")]


def test_import_reads_one_object_per_line(client: TestClient) -> None:
    assert import_file(client, '{"title": "a"}\r\n{"title": "b"}\n\n{"title": "c"}')[1] == {"created": 3, "updated": 0}


def test_import_reads_response_of_items_list(client: TestClient, stored: list[dict[str, str]]) -> None:
    assert import_file(client, client.get(ITEMS).content) == (200, {"created": 0, "updated": len(stored)})
    assert list_items(client) == stored


@pytest.mark.parametrize(
    ("content", "row", "message"),
    [
        ('[{"title": "a"}, {"title": " "}]', 2, "Row 2, title: This field is required."),
        ('[{"title": "a"}, 7]', 2, "Row 2: must be an object"),
        ('[{"title": "a"}, {"description": "b"}]', 2, "Row 2, title: This field is required."),
        ('[{"title": "a\\u0000"}]', 1, "NUL"),
        ('[{"title": "\\ud800"}]', 1, "Unicode"),
        ('[{"title": 7}]', 1, "Row 1, title: Must be text."),
        ('[{"title": "a", "description": NaN}]', 1, "Row 1, description: Must be text."),
        ('[{"title": "a", "created_at": "0001-01-01T00:00:00+14:00"}]', 1, "calendar"),
        ('[{"title": "a", "created_at": 1e300}]', 1, "Row 1"),
        ('[{"title": "a", "created_at": 1700000000}]', 1, "write it as in"),
        ("title,created_at\na,1700000000\n", 2, "Row 2, created_at: write it as in"),
        ("[" * 100_000, 1, "nested"),
        ('[{"title":' * 100_000, 1, "nested"),
        ("[" + "9" * 10_000 + "]", 1, "can't be read"),
        ('[{"title": "a"} {"title": "b"}]', 1, "comma"),
        ('[{"title": "a"},]', 2, "not JSON"),
        ('[{"title": "a"}', 0, "breaks off"),
        ('[{"title": "a"}] []', 0, "follows"),
        ('[{"title": "a"}]' + "\n" * 200_000 + "x", 0, "follows"),
        ('{"data": [{"title": "a"}]', 0, "does not end"),
        ('{"data": [{"title": "a"}], "count": 1} 7', 0, "follows"),
        ('{"title": "a"}\n{"title": ""}', 2, "Row 2, title: This field is required."),
        ('{"title": "a"}\nb', 2, "not JSON"),
        ("", 0, "empty"),
        (" \n\t", 0, "empty"),
        (b'[{"title": "\xff"}]', 0, "UTF-8"),
        (b"title\n\xe9\n", 0, "Windows-1252"),
        ("title\n\u00e9\n".encode("utf-16-le"), 0, "UTF-16"),
        (b"PK\x03\x04workbook", 0, "workbook"),
        (b"PK\x03\x04\x14\0" + b"-" * 24 + b"[Content_Types].xml", 0, "is an Excel workbook, not text"),
        (b"PK\x03\x04\x14\0" + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", 0, "OpenDocument"),
        (b"PK\x05\x06" + b"\0" * 18, 0, "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", 0, "is an Excel workbook"),
        (b"BZh91AY", 0, "compressed"),
        ("<svg>", 0, "XML"),
        ("BZh,gif8\na,b\n", 0, "It begins with “BZh”"),
        ("sep=;\nsep=;\ntitle\na\n", 0, "It begins with “sep=”"),
        ('[{"title": "a", "created_at": "2026-02-30"}]', 1, "Row 1, created_at: Not a date or time."),
        ("title,created_at\na,2026-01-31 at noon\n", 2, "Row 2, created_at: Not a date or time."),
        (b"%PDF-1.7", 0, "PDF"),
        (b"\x89PNG\r\n", 0, "picture"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", 0, "picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", 0, "picture"),
        (b"II*\0\x08\0\0\0", 0, "picture"),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", 0, "is not text"),
        (b"title.csv" + b"\0" * 91 + b"0000644\0", 0, "is not text"),
        ("\ntitle\na\n".encode("utf-16-le"), 0, "UTF-16"),
        ("\ntitle\na\n".encode("utf-16-be"), 0, "UTF-16"),
        (b"{\\rtf1", 0, "RTF"),
        ("\ufeff<?xml version='1.0'?><Workbook>", 0, "XML"),
        ("title\n黑面包和牛奶和面包\n".encode("utf-16-le"), 0, "UTF-16"),
        ("Milk\nBread\n", 0, "It begins with “Milk”"),
        ('{"data": [{"title": "a"}], 7}', 0, "does not end"),
        ('{"data": [{"title": "a"}], "count"', 0, "does not end"),
        (b"SQLite format 3\0", 0, "backup"),
        ("<html><body>title</body></html>", 0, "is a web page"),
        ("title\na\n\n" + "b" * 256 + "\n", 4, "Row 4, title: At most 255 characters."),
        ('title,description\na,"two\nlines\n"\n\n,b\n', 4, "Row 4, title: This field is required."),
        ("title,description\na\n", 2, "has 1 cell where"),
        ("title\na,b\n", 2, "“b” in column B"),
        ("title,,description\na,b,c\n", 2, "“b” in column B"),
        ('title\n"a\n', 2, "never closed"),
        ('title\n"a"b\n', 2, "quotation mark"),
        ("title\na\0b\n", 2, "NUL"),
        ("id,title\n7,a\n", 2, "Row 2, id: Not an id"),
        ("name\na\n", 0, "row of column names"),
        ("title,price\na,7\n", 1, "the column “price” is unknown"),
        ("sep=;\ntitle;price\na;7\n", 1, "the column “price” is unknown"),
        ("description\na\n", 1, "the column “title” is missing"),
        ("title,Title\na,b\n", 1, "“title” occurs twice"),
        ("title\n" + "x" * 200_000, 2, "more than 131,072 characters"),
        ("x" * 200_000, 1, "more than 131,072 characters"),
    ],
)
def test_import_with_invalid_row_stores_nothing_and_names_row(
    client: TestClient, content: str | bytes, row: int, message: str
) -> None:
    status, body = import_file(client, content)
    assert status == 422
    (detail,) = body["detail"]  # type: ignore[misc]
    assert detail["loc"][:2] == ["body", row]  # type: ignore[has-type]
    assert message in detail["msg"]  # type: ignore[has-type]
    assert list_items(client) == []


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ('[{"title": "a"}, {' + ",".join(f'"{number}":1' for number in range(200_000)) + "}]", 2),
        ('[{"title": "' + "x" * 2_000_000, 1),
        ('{"title": "a"}\n{"b": "' + "x" * 2_000_000, 2),
        ("title\n" + "," * 2_000_000 + "\n", 2),
        ("," * 2_000_000, 1),
        ("title\na\n" + '"\n",' * 500_000, 3),
    ],
    ids=["keys", "string", "line", "cells", "header", "lines of one row"],
)
def test_row_that_exceeds_size_limit_is_rejected_before_parsing(client: TestClient, content: str, row: int) -> None:
    status, body = import_file(client, content)
    assert (status, body["detail"][0]["loc"]) == (422, ["body", row, "item"])  # type: ignore[index]
    assert "is longer than 1,048,576 characters" in body["detail"][0]["msg"]  # type: ignore[index]


def test_import_with_too_many_rows_is_rejected(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "MAX_ROWS", 2)
    assert import_file(client, "title\na\nb\n")[0] == 200
    status, body = import_file(client, "title\na\nb\nc\n")
    assert (status, body["detail"][0]["msg"]) == (422, "The file has more than 2 rows. Split it.")  # type: ignore[index]
    monkeypatch.setattr(csv_reader, "MAX_ROWS", 9)
    status, body = import_file(client, "title\na" + "\n" * 10)
    assert (status, body["detail"][0]["msg"]) == (422, "The file has more than 9 rows. Split it.")  # type: ignore[index]
    status, body = import_file(client, "\n" * 10 + "title\na")
    assert (status, body["detail"][0]["msg"]) == (422, "The file has more than 9 rows. Split it.")  # type: ignore[index]


def test_import_with_duplicate_id_is_rejected(client: TestClient) -> None:
    item_id = str(uuid.uuid4())
    status, body = import_file(client, json.dumps([{"id": item_id, "title": "a"}, {"id": item_id, "title": "b"}]))
    assert (status, body["detail"][0]["loc"]) == (422, ["body", 2, "id"])  # type: ignore[index]


def test_import_stores_nothing_when_database_fails(client: TestClient, session: Session) -> None:
    forbid, allow = (
        ("ALTER TABLE item ADD CONSTRAINT no CHECK (title <> 'last')", "ALTER TABLE item DROP CONSTRAINT no")
        if ON_POSTGRES
        else (
            "CREATE TRIGGER no BEFORE INSERT ON item WHEN new.title = 'last' BEGIN SELECT RAISE(ABORT, 'no'); END",
            "DROP TRIGGER no",
        )
    )
    session.connection().exec_driver_sql(forbid)
    session.commit()
    try:
        rows = [{"title": "first"}] * 1_500 + [{"title": "last"}]
        assert import_file(client, json.dumps(rows))[0] == 409
    finally:
        session.connection().exec_driver_sql(allow)
        session.commit()
    assert list_items(client) == []


@pytest.mark.usefixtures("auth_on")
def test_import_of_another_users_export_creates_copies(client: TestClient, session: Session) -> None:
    session.add(guest := User(email="guest@example.com"))
    session.commit()
    tokens = {user: create_access_token(user, timedelta(minutes=5)) for user in (guest.id, DEFAULT_USER_ID)}
    client.headers["Authorization"] = f"Bearer {tokens[DEFAULT_USER_ID]}"
    own_item = client.post(ITEMS, json={"title": "Mine"}).json()
    exported = client.get(f"{ITEMS}export").content

    client.headers["Authorization"] = f"Bearer {tokens[guest.id]}"
    assert client.get(f"{ITEMS}export").json() == []
    assert import_file(client, exported) == (200, {"created": 1, "updated": 0})
    (copy,) = list_items(client)
    assert (copy["title"], copy["owner_id"]) == ("Mine", str(guest.id))
    assert copy["id"] != own_item["id"]

    client.headers["Authorization"] = f"Bearer {tokens[DEFAULT_USER_ID]}"
    assert client.get(ITEMS + own_item["id"]).json() == own_item
    assert [item["title"] for item in client.get(f"{ITEMS}export").json()] == ["Mine"], "only the superuser's own items"


def test_thousands_of_items_are_exported_and_imported(client: TestClient) -> None:
    rows = [{"title": f"Item {number}", "description": "x" * 100} for number in range(12_000)]
    assert import_file(client, json.dumps(rows)) == (200, {"created": 12_000, "updated": 0})
    exported = client.get(f"{ITEMS}export", params={"format": "csv"}).content
    assert len(exported) > 1024 * 1024, "exceeds the body limit of other routes"
    assert import_file(client, exported) == (200, {"created": 0, "updated": 12_000})


def test_json_rows_longer_than_read_buffer_are_imported(client: TestClient) -> None:
    space = " " * 200_000
    rows = ",".join(f'{space}{{"title": {space}"Item {number}"}}{space}' for number in range(5))
    assert import_file(client, f"\ufeff{space}[{rows}]{space}") == (200, {"created": 5, "updated": 0})
    assert {item["title"] for item in list_items(client)} == {f"Item {number}" for number in range(5)}


def test_import_accepts_larger_body_than_other_routes(client: TestClient) -> None:
    content = b"[" + b" " * (body_limit.MAX_BODY_BYTES * 2) + b"]"
    assert client.post(f"{ITEMS}import", content=content).status_code == 200
    response = client.post(f"{ITEMS}import", content=b"", headers={"Content-Length": str(10**30)})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_running_upload_holds_no_database_connection(session: Session, auth_on: None) -> None:
    headers = auth_headers(make_user(session))
    session.close()
    held: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        yield b"title\n"
        held.append(cast(QueuePool, engine.pool).checkedout())
        yield b"Bread\n"

    async def test() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return (await client.post(f"{ITEMS}import", content=body(), headers=headers)).status_code

    assert asyncio.run(test()) == 200
    assert held == [0]
