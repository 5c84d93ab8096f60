"""Detection of a deleted or replaced database, at startup and while the app runs."""

import os
import shlex
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from app.core import restore
from app.core.db import init_db
from app.core.schema import PROGRAM
from app.models import DEFAULT_USER_ID, Item
from backend_host.database import backup, database_file
from backend_host.database.backup import BackupReason
from backend_host.database.database_file import DatabaseWatcher
from backend_host.database.sqlite import create_sqlite_engine
from backend_host.errors import DatabaseError
from tests.backend_process import Launch
from tests.test_backups import run_app

pytestmark = pytest.mark.desktop


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "app.db"


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    database.parent.mkdir(mode=0o700)
    engine = create_sqlite_engine(f"sqlite:///{database}")
    with Session(engine) as session:
        init_db(session)
    yield engine
    engine.dispose()


def other_database(database: Path) -> Path:
    path = database.with_name("other.db")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
    return path


LOSSES: dict[str, Callable[[Path], object]] = {
    "database deleted": lambda path: path.unlink(),
    "database moved": lambda path: path.rename(path.with_name("moved.db")),
    "database replaced": lambda path: other_database(path).replace(path),
    "database emptied": lambda path: os.truncate(path, 0),
    "WAL deleted": lambda path: Path(f"{path}-wal").unlink(),
    "WAL replaced": lambda path: Path(shutil.copy(f"{path}-wal", f"{path}-new")).replace(f"{path}-wal"),
    "folder deleted": lambda path: shutil.rmtree(path.parent),
    "folder moved": lambda path: path.parent.rename(path.parent.with_name("elsewhere")),
    "folder replaced": lambda path: shutil.copytree(
        path.parent.rename(path.parent.with_name("elsewhere")), path.parent
    ),
    "folder is a file": lambda path: path.parent.rename(path.parent.with_name("elsewhere")).with_name("data").touch(),
}
needs_movable_open_files = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows can't delete or move open files and their folders"
)
each_loss = pytest.mark.parametrize(
    "lose",
    [
        pytest.param(lose, id=name, marks=() if name == "database emptied" else needs_movable_open_files)
        for name, lose in LOSSES.items()
    ],
)


@each_loss
def test_commit_fails_when_database_is_lost(engine: Engine, database: Path, lose: Callable[[Path], object]) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE a (b)")
        connection.commit()
        connection.exec_driver_sql("INSERT INTO a VALUES (1)")
        lose(database)
        with pytest.raises(OperationalError) as raised:
            connection.commit()
    assert getattr(raised.value.orig, "sqlite_errorname", "") == "SQLITE_READONLY_DBMOVED"


@each_loss
def test_watcher_reports_lost_database_once(
    engine: Engine, database: Path, lose: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_file, "CHECK_INTERVAL_S", 0.001)
    reported: list[DatabaseError] = []
    noticed = threading.Event()
    watcher = DatabaseWatcher(database, PROGRAM)

    def on_lost(error: DatabaseError) -> None:
        reported.append(error)
        noticed.set()

    watcher.on_lost = on_lost
    with watcher.running():
        lose(database)
        assert noticed.wait(10)
        with pytest.raises(OperationalError):
            create_sqlite_engine(f"sqlite:///{database}").connect()
    assert len(reported) == 1
    assert str(database) in str(reported[0])


def test_backup_of_emptied_database_fails(engine: Engine, database: Path) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(database, 0)
    with pytest.raises(DBAPIError):
        backup.create(engine, BackupReason.MANUAL)
    assert list((database.parent / "backups").iterdir()) == []


def test_watcher_accepts_checkpoints_restores_and_closed_connections(engine: Engine, database: Path) -> None:
    watcher = DatabaseWatcher(database, PROGRAM)
    with watcher.running():
        created = backup.create(engine, BackupReason.MANUAL)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        with Session(engine) as session:
            session.add(Item(title="Bread", owner_id=DEFAULT_USER_ID))
            session.commit()
        engine.dispose()
        restore.restore(engine, database.parent / "backups" / created.name)
        database_file.verify(database)


def test_watcher_follows_restore_over_damaged_database(engine: Engine, database: Path) -> None:
    created = backup.create(engine, BackupReason.MANUAL)
    watcher = DatabaseWatcher(database, PROGRAM)
    with watcher.running():
        damage(database)
        replaced = restore.restore(engine, database.parent / "backups" / created.name, watcher.suspended)
        assert replaced.damaged
        database_file.verify(database)
        with Session(engine) as session:
            session.add(Item(title="Bread", owner_id=DEFAULT_USER_ID))
            session.commit()


def damage(database: Path) -> None:
    """Overwrite the root page of table user, which a backup reads."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'user'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        with database.open("rb+") as file:
            file.seek((page - 1) * size)
            file.write(b"\xaa" * size)


@pytest.mark.parametrize("state", ["missing", "empty"])
@pytest.mark.parametrize(
    "related",
    [
        "secret_key",
        "app.db-wal",
        "app.db-journal",
        "backups/app-20260101T000000000000Z-manual.db",
        "backups/damaged-1-app.db",
    ],
)
def test_start_fails_when_database_is_missing_but_related_files_exist(tmp_path: Path, state: str, related: str) -> None:
    (tmp_path / related).parent.mkdir(exist_ok=True)
    (tmp_path / related).write_text("x")
    if state == "empty":
        (tmp_path / "app.db").touch()
    with pytest.raises(DatabaseError, match=f"app.db is {state}.*{related.partition('/')[0]}"):
        init(tmp_path)
    assert not (tmp_path / "app.db").exists() or not (tmp_path / "app.db").stat().st_size
    assert (tmp_path / related).read_text() == "x"


def test_start_creates_database_next_to_settings_logs_and_locks(tmp_path: Path) -> None:
    for name in ("config.json", "app.lock", "server.json", "logs/fastapi.log", "backups/.keep", "window-theme"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    for name in ("app.db", "app.db-wal"):
        (tmp_path / name).touch()  # left by a killed first start
    init(tmp_path)
    assert (tmp_path / "app.db").stat().st_size


def init(data_dir: Path) -> None:
    engine = create_sqlite_engine(f"sqlite:///{data_dir / 'app.db'}")
    try:
        with Session(engine) as session:
            init_db(session)
    finally:
        engine.dispose()


@needs_movable_open_files
def test_suggested_command_restores_the_newest_backup(launch: Launch, tmp_path: Path) -> None:
    data = tmp_path / "data"
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Stored"}).raise_for_status()
        created = client.post("backups/").json()["name"]
        (data / "app.db").unlink()
        with suppress(httpx.TransportError):  # DatabaseWatcher may end the process before it responds
            response = client.post("items/", json={"title": "Lost"})
            assert (response.status_code, response.json()["code"]) == (503, "database_moved")
    backend.read_event()
    assert (backend.events[-1]["event"], backend.events[-1]["code"]) == ("failed", "database_unusable")
    assert backend.wait() == 1
    for name in ("app.db-wal", "app.db-shm"):
        (data / name).unlink(missing_ok=True)

    refused = launch()
    assert (refused.events[-1]["code"], refused.wait()) == ("database_unusable", 1)
    command = refused.events[-1]["message"].partition("newest backup: ")[2].partition("\n")[0]
    assert created in command or "-restore.db" in command
    assert run_app(*shlex.split(command)[7:]).returncode == 0  # with the source of this checkout
    with launch().client() as client:
        assert "Stored" in {item["title"] for item in client.get("items/").json()["data"]}


def test_restore_command_does_not_replace_the_file_of_a_running_app(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        created = client.post("backups/").json()["name"]
        damage(tmp_path / "data" / "app.db")
        before = (tmp_path / "data" / "app.db").stat().st_ino
        refused = run_app("restore", created, "--data-dir", tmp_path / "data")
        assert (refused.returncode, "is in use by the app's window" in refused.stderr) == (1, True), refused.stderr
        assert (tmp_path / "data" / "app.db").stat().st_ino == before
        assert client.get("utils/health-check/").json() is True


def test_watcher_remains_active_after_nested_watcher_stops(engine: Engine, database: Path) -> None:
    with DatabaseWatcher(database, PROGRAM).running():
        with DatabaseWatcher(database, PROGRAM).running():
            pass
        database_file.verify(database)
