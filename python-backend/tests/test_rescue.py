"""The content of a lost database is saved, and its write-ahead log is not applied to another database."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
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
from backend_host.launch.restore_command import restore_command
from tests.test_database_file import LOSSES, init, needs_movable_open_files

pytestmark = [pytest.mark.desktop, needs_movable_open_files]


class WatchedDatabase:
    """A watched database with one item in its file. `lose` adds one to the write-ahead log."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "data" / "app.db"
        self.database.parent.mkdir(mode=0o700)
        self.engine = create_sqlite_engine(f"sqlite:///{self.database}")
        with Session(self.engine) as session:
            init_db(session)
        self.add("In the file")
        with self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.other = shutil.copy(self.database, folder / "other.db")
        self.watcher = DatabaseWatcher(self.database, PROGRAM)
        self.noticed = threading.Event()
        self.message = ""
        self.watcher.on_lost = self.on_lost

    def add(self, title: str) -> None:
        with Session(self.engine) as session:
            session.add(Item(title=title, owner_id=DEFAULT_USER_ID))
            session.commit()

    def on_lost(self, error: DatabaseError) -> None:
        self.message = str(error)
        self.noticed.set()

    def lose(self, how: str) -> None:
        """Remove or replace the database as LOSSES[how] does, wait for `on_lost`, and restore the files to their state at exit."""
        with self.watcher.running():
            self.add("In the WAL")
            with self.watcher._checking:  # otherwise the watcher may save the database during the deletion
                LOSSES[how](self.database)
                with pytest.raises(OperationalError):
                    self.add("Refused")
            assert self.noticed.wait(20)
            files_at_exit = {path: path.read_bytes() for path in self.files()}
        self.engine.dispose()
        for path in self.files():
            path.unlink()
        for path, content in files_at_exit.items():
            path.write_bytes(content)

    def files(self) -> list[Path]:
        return [path for path in self.database.parent.glob("app.db*") if path.is_file()]

    def backups(self) -> list[Path]:
        return backup.list_files(self.database.parent / "backups")


@pytest.fixture
def lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchedDatabase]:
    monkeypatch.setattr(database_file, "CHECK_INTERVAL_S", 0.001)
    watched = WatchedDatabase(tmp_path)
    yield watched
    watched.engine.dispose()


def titles(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {title for (title,) in connection.execute("SELECT title FROM item")}


BOTH = {"In the file", "In the WAL"}


@pytest.mark.parametrize("how", ["WAL deleted", "WAL replaced"])
def test_lost_write_ahead_log_is_checkpointed(lost: WatchedDatabase, how: str) -> None:
    lost.lose(how)
    assert titles(lost.database) == BOTH
    assert "All stored data was saved. Start the app again." in lost.message


@pytest.mark.parametrize("how", ["database deleted", "database moved", "database replaced"])
def test_lost_database_is_backed_up_and_message_names_restore_command(lost: WatchedDatabase, how: str) -> None:
    lost.lose(how)
    (created,) = lost.backups()
    assert titles(created) == BOTH
    assert restore_command(PROGRAM, lost.database.parent, created.name) in lost.message


def test_write_ahead_log_is_not_applied_to_replacement_database(
    lost: WatchedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LOSSES, "database replaced", lambda path: os.replace(lost.other, path))
    lost.lose("database replaced")
    assert titles(lost.database) == {"In the file"}


def test_moved_database_is_complete_after_moving_it_back(lost: WatchedDatabase) -> None:
    lost.lose("database moved")
    lost.database.with_name("moved.db").rename(lost.database)
    assert titles(lost.database) == BOTH


@pytest.mark.parametrize("how", ["folder deleted", "folder moved", "database emptied"])
def test_rescue_creates_no_backup_when_data_dir_is_gone_or_database_is_emptied(lost: WatchedDatabase, how: str) -> None:
    lost.lose(how)
    assert lost.backups() == []
    assert "Put the file back, then start the app again." in lost.message
    assert lost.database.parent.exists() == (how == "database emptied")


def test_start_after_deletion_names_working_restore_command_of_saved_copy(lost: WatchedDatabase) -> None:
    lost.lose("database deleted")
    for path in lost.files():
        path.unlink()
    (created,) = lost.backups()
    with pytest.raises(DatabaseError, match=f"restore {created.name} "):
        init(lost.database.parent)
    restore.restore(lost.engine, created)
    assert titles(lost.database) == BOTH


def test_failed_rescue_reports_the_lost_database(lost: WatchedDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    existing = backup.create(lost.engine, BackupReason.MANUAL)
    monkeypatch.setattr(backup, "create_from_connection", full)
    lost.lose("database deleted")
    assert existing.name in lost.message
    assert "All stored data was saved" not in lost.message


def test_restore_command_is_quoted_for_the_shell(tmp_path: Path) -> None:
    folder = tmp_path / "Application Support; it's"
    command = restore_command(PROGRAM, folder, "app-1.db")
    if os.name == "posix":
        import shlex

        assert shlex.split(command)[-3:] == ["app-1.db", "--data-dir", str(folder)]
