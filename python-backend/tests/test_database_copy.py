"""`python -m app db copy` between SQLite files, run as a process. server_tests/test_copy.py tests it with PostgreSQL."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.core.schema import schema
from app.models import Item
from backend_host.database import copy as database_copy
from backend_host.database.sqlite import create_sqlite_engine
from tests.accounts import make_user
from tests.backend_process import Launch, overwrite_table
from tests.test_account_commands import run

pytestmark = pytest.mark.desktop

TABLES = ("user", "item", "recovery_code", "alembic_version")


@pytest.fixture
def data_dir(launch: Launch, tmp_path: Path) -> Path:
    """A data dir with a few items."""
    backend = launch()
    with backend.client() as client:
        for title in ("one", "two", "ЧЁРНЫЙ"):
            assert client.post("items/", json={"title": title}).status_code == 200
    assert backend.stop() == 0
    return tmp_path / "data"


def copy(source: Path, *arguments: str) -> tuple[int, str, str]:
    return run("db", "copy", *arguments, data_dir=source)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}


def test_copied_database_is_served(launch: Launch, data_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy" / "app.db"
    status, output, progress = copy(data_dir, "--to", f"sqlite:///{target}")
    assert status == 0, progress
    assert "item 3" in output
    assert "item: 3 of 3" in progress
    assert rows(target) == rows(data_dir / "app.db")
    backend = launch(data_dir=target.parent)
    with backend.client() as client:
        assert client.get("items/", params={"search": "чёрный"}).json()["count"] == 1
    assert backend.stop() == 0


def test_copy_replaces_content_only_with_replace_flag(data_dir: Path, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path / 'copy.db'}"
    assert copy(data_dir, "--to", target)[0] == 0
    status, _, errors = copy(data_dir, "--to", target)
    assert (status, "--replace" in errors, "Traceback" in errors) == (1, True, False)
    assert copy(data_dir, "--to", target, "--replace")[0] == 0


def test_interrupted_copy_is_resumed_and_differing_row_is_reported(data_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    assert copy(data_dir, "--to", f"sqlite:///{target}")[0] == 0
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'copying-' || version_num")
        connection.execute("DELETE FROM item WHERE number = (SELECT max(number) FROM item)")
    status, _, errors = copy(data_dir, "--to", f"sqlite:///{target}")
    assert (status, "--resume" in errors) == (1, True)
    assert copy(data_dir, "--to", f"sqlite:///{target}", "--resume")[0] == 0
    assert rows(target) == rows(data_dir / "app.db")

    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'copying-' || version_num")
        connection.execute("UPDATE item SET description = 'x' WHERE number = 2")
    status, _, errors = copy(data_dir, "--to", f"sqlite:///{target}", "--resume")
    assert (status, "in row 2 of table item" in errors) == (1, True)


def test_copy_fails_with_reason(launch: Launch, data_dir: Path, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path / 'copy.db'}"
    for to, source, expected in (
        (target, tmp_path / "nothing", "There is no database"),
        (f"sqlite:///{data_dir / 'app.db'}", data_dir, "the same database"),
        ("mysql://db/app", data_dir, "must begin with"),
    ):
        status, _, errors = copy(source, "--to", to)
        assert (status, expected in errors, "Traceback" in errors) == (1, True, False), errors
    backend = launch(data_dir=data_dir)
    status, _, errors = copy(data_dir, "--to", target)
    assert (status, "is in use by" in errors) == (1, True)
    assert backend.stop() == 0


def test_copy_into_the_same_folder_succeeds(data_dir: Path) -> None:
    status, _, errors = copy(data_dir, "--to", f"sqlite:///{data_dir / 'copy.db'}")
    assert status == 0, errors
    assert rows(data_dir / "copy.db") == rows(data_dir / "app.db")


def test_copy_rejects_another_path_of_the_same_database(data_dir: Path) -> None:
    same = data_dir / ".." / data_dir.name / "app.db"
    status, _, errors = copy(data_dir, "--to", f"sqlite:///{same}", "--replace")
    assert (status, "the same database" in errors) == (1, True), errors


def test_copy_names_the_damaged_database(data_dir: Path, tmp_path: Path) -> None:
    source, target = data_dir / "app.db", tmp_path / "copy.db"
    assert copy(data_dir, "--to", f"sqlite:///{target}")[0] == 0
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("UPDATE item SET created_at = 'x'")
    assert copy(data_dir, "--to", f"sqlite:///{target}", "--replace")[0] == 0
    overwrite_table(target, "item")
    status, _, errors = copy(data_dir, "--to", f"sqlite:///{target}", "--replace")
    assert (status, f"{target} is damaged" in errors, "Traceback" in errors) == (1, True, False), errors

    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("UPDATE item SET created_at = 'x' WHERE number = 2")
    status, _, errors = copy(data_dir, "--to", f"sqlite:///{tmp_path / 'other.db'}")
    assert (status, f"{source} is damaged" in errors, "Traceback" in errors) == (1, True, False), errors


def test_full_disk_during_copy_is_not_reported_as_an_invalid_row(tmp_path: Path) -> None:
    source, target = (create_sqlite_engine(f"sqlite:///{tmp_path / name}") for name in ("source.db", "target.db"))
    for engine in (source, target):
        schema.upgrade(engine)
        engine.dispose()
    with Session(source) as session:
        user = make_user(session)
        session.add_all(Item(title="x" * 255, owner_id=user.id) for _ in range(1_000))
        session.commit()
    # SQLite raises the limit to the pages in use.
    event.listen(target, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(DBAPIError, match="full"):
        database_copy.copy(schema, source, target, lambda *_: None)
    for engine in (source, target):
        engine.dispose()
