"""The backups router with a database of another app."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.testclient import TestClient
from sqlalchemy import MetaData

from backend_host import Database
from backend_host.database.restore import Restore
from backend_host.database.schema import Schema
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.http.backups import backups_router
from backend_host.http.error_handlers import add_error_handlers

ENV = """
from pathlib import Path
from sqlalchemy import MetaData
from backend_host.database.alembic_env import run_migrations
from backend_host.database.schema import Schema
run_migrations(Schema(Path(__file__).parent, MetaData(), "notes"), None)
"""
MIGRATION = """
from alembic import op
revision = "0001"
down_revision = None
def upgrade():
    op.execute("CREATE TABLE note (text TEXT)")
"""


def require_admin(admin: str = Header("no")) -> None:
    if admin != "yes":
        raise HTTPException(403)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    migrations = tmp_path / "migrations"
    (migrations / "versions").mkdir(parents=True)
    (migrations / "env.py").write_text(ENV)
    (migrations / "script.py.mako").touch()
    (migrations / "versions" / "0001.py").write_text(MIGRATION)
    schema = Schema(migrations, MetaData(), "notes")
    engine = create_sqlite_engine(f"sqlite:///{tmp_path / 'data' / 'app.db'}")
    schema.upgrade(engine)
    yield Database(engine, schema, Restore(schema, schema.upgrade))
    engine.dispose()


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(backups_router(lambda: database, dependencies=[Depends(require_admin)], responses={}))
    add_error_handlers(app)
    with TestClient(app, headers={"admin": "yes"}) as client:
        yield client


def notes(database: Database) -> list[str]:
    with closing(sqlite3.connect(str(database.engine.url.database))) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note")]


def add_note(database: Database, text: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO note VALUES (?)", (text,))


def test_backup_is_listed_and_restored(client: TestClient, database: Database) -> None:
    add_note(database, "first")
    backup = client.post("/backups/").json()
    assert backup["revision"] == "0001"
    assert client.get("/backups/").json() == {"data": [backup], "count": 1}
    add_note(database, "second")
    restored = client.post(f"/backups/{backup['name']}/restore").json()
    assert restored["restored"] == backup["name"]
    assert restored["previous_database_backup"]["reason"] == "restore"
    assert notes(database) == ["first"]


def test_restore_of_unknown_backup_returns_404(client: TestClient) -> None:
    response = client.post("/backups/unknown.db/restore")
    assert (response.status_code, response.json()["code"]) == (404, "backup_not_found")


def test_dependencies_apply_to_each_route(client: TestClient) -> None:
    for method, path in (("GET", "/backups/"), ("POST", "/backups/"), ("POST", "/backups/x/restore")):
        assert client.request(method, path, headers={"admin": "no"}).status_code == 403
