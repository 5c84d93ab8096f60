"""Deletion of temporary files that killed processes left in the data dir."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend_host.data import temporary_files
from tests.backend_process import Launch, needs_modes

pytestmark = pytest.mark.desktop

STALE = [
    "config.json.4711.tmp",
    "secret_key.4711.tmp",
    "import-a1b2_c3d.partial",
    "export-a1b2_c3d.partial",
    "backups/app-20260101T000000000000Z-manual.partial",
    "backups/app-20260101T000000000000Z-manual.partial-journal",
    "backups/restoring-abc/app.db",
    "backups/restoring-abc/app.db-wal",
]
OTHERS = [
    "config.json",
    "config.json.broken-20260101T000000.000000Z",
    "notes.tmp",
    "notes-2026.partial",
    "backups/app-20260101T000000000000Z-manual.db",
    "backups/damaged-17-app.db",
]


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    for name in STALE + OTHERS:
        (folder / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / name).touch(0o600)
    yield folder
    shutil.rmtree(folder)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_delete_stale_deletes_only_stale_files(data_dir: Path) -> None:
    temporary_files.delete_stale(data_dir)
    assert files(data_dir) == set(OTHERS)
    assert not (data_dir / "backups" / "restoring-abc").exists()


@needs_modes
def test_delete_stale_skips_files_of_a_running_backup(data_dir: Path) -> None:
    with temporary_files.shared_lock(data_dir / "backups"), temporary_files.shared_lock(data_dir / "backups"):
        temporary_files.delete_stale_in_backups(data_dir / "backups")
        assert files(data_dir) == set(STALE + OTHERS)
    temporary_files.delete_stale_in_backups(data_dir / "backups")
    assert files(data_dir / "backups") == {name.removeprefix("backups/") for name in OTHERS if "backups/" in name}


def test_delete_stale_deletes_a_link_without_its_target(data_dir: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    (data_dir / "backups" / "restoring-link").symlink_to(elsewhere)
    temporary_files.delete_stale(data_dir)
    assert (elsewhere / "file").exists()
    assert not (data_dir / "backups" / "restoring-link").is_symlink()


def test_delete_stale_accepts_a_missing_folder(tmp_path: Path) -> None:
    temporary_files.delete_stale(tmp_path / "nowhere")


def test_start_deletes_files_of_killed_restores(launch: Launch, tmp_path: Path) -> None:
    backups = tmp_path / "data" / "backups"
    (backups / "restoring-abc").mkdir(mode=0o700, parents=True)
    (tmp_path / "data").chmod(0o700)
    (backups / "restoring-abc" / "app.db").touch()
    (backups / "app-20260101T000000000000Z-restore.partial").touch()
    assert launch().ready
    assert list(backups.iterdir()) == []
