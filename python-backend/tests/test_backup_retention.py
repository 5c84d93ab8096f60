"""Retention never deletes a new backup, regardless of the clock and the dates of other backups."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine
from sqlmodel import Session

from app.core import restore
from app.core.db import init_db
from app.core.schema import schema
from backend_host.database import backup
from backend_host.database.backup import BackupReason
from backend_host.database.sqlite import create_sqlite_engine

pytestmark = pytest.mark.desktop


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_sqlite_engine(f"sqlite:///{tmp_path / 'app.db'}")
    with Session(engine) as session:
        init_db(session)
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir(mode=0o700)
    return folder


def create_dated(folder: Path, when: datetime, reason: BackupReason) -> str:
    path = folder / f"app-{when:%Y%m%dT%H%M%S%f}Z-{reason}.db"
    path.touch(0o600)
    return path.name


def fill(folder: Path, reason: BackupReason) -> list[str]:
    """Create the maximum number of backups, all dated in the future."""
    return [
        create_dated(folder, datetime(2031, 1, day + 1, tzinfo=UTC), reason) for day in range(backup.MAX_PER_REASON)
    ]


@pytest.mark.parametrize("reason", list(BackupReason))
def test_create_retains_new_backup_with_five_dated_in_the_future(
    engine: Engine, folder: Path, reason: BackupReason
) -> None:
    future = fill(folder, reason)
    created = [backup.create(engine, reason).name for _ in range(backup.MAX_PER_REASON)]
    assert sorted(path.name for path in folder.iterdir()) == created
    assert not set(future) & set(created)


def test_create_lists_backups_dated_in_the_future_last(engine: Engine, folder: Path) -> None:
    future = fill(folder, BackupReason.MANUAL)
    older = create_dated(folder, datetime(2020, 1, 1, tzinfo=UTC), BackupReason.RESTORE)
    created = backup.create(engine, BackupReason.MANUAL)
    assert [one.name for one in backup.list_all(engine)] == [created.name, older, *future[:0:-1]]


def test_restore_works_with_five_backups_dated_in_the_future(engine: Engine, folder: Path) -> None:
    fill(folder, BackupReason.RESTORE)
    created = backup.create(engine, BackupReason.MANUAL)
    replaced = restore.restore(engine, folder / created.name)
    assert replaced.backup
    assert (folder / replaced.backup.name).stat().st_size


def test_migration_works_with_five_backups_dated_in_the_future(engine: Engine, folder: Path) -> None:
    with engine.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "0001")
    fill(folder, BackupReason.MIGRATION)
    schema.upgrade(engine)
    (saved,) = [one for one in backup.list_all(engine) if one.size_bytes]
    assert (saved.reason, saved.revision) == (BackupReason.MIGRATION, "0001")


def test_create_uses_unique_names_when_the_clock_does_not_advance(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(backup, "utc_now", lambda: now)
    names = {backup.create(engine, BackupReason.MANUAL).name for _ in range(3)}
    assert len(names) == 3
    assert names == {path.name for path in folder.iterdir()}


def test_create_retains_new_backup_when_the_clock_is_set_back(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(backup, "utc_now", lambda: now)
    for _ in range(backup.MAX_PER_REASON + 2):
        now -= timedelta(days=1)
        created = backup.create(engine, BackupReason.MANUAL)
        assert (folder / created.name).exists()
    assert len(list(folder.iterdir())) == backup.MAX_PER_REASON


def test_list_omits_links_folders_and_invalid_dates(engine: Engine, folder: Path) -> None:
    created = backup.create(engine, BackupReason.MANUAL)
    (folder / "app-20261399T000000000000Z-manual.db").touch()
    (folder / "app-20260101T000000000000Z-manual.db").symlink_to(folder / created.name)
    (folder / "app-20260102T000000000000Z-manual.db").mkdir()
    assert [one.name for one in backup.list_all(engine)] == [created.name]


def test_retention_deletes_journal_files_of_old_backups(engine: Engine, folder: Path) -> None:
    created = [backup.create(engine, BackupReason.MANUAL).name for _ in range(backup.MAX_PER_REASON)]
    for end in ("-wal", "-shm"):
        (folder / f"{created[0]}{end}").touch()
    backup.create(engine, BackupReason.MANUAL)
    assert not [path.name for path in folder.iterdir() if path.name.startswith(created[0])]
