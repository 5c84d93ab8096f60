"""The app's files in the data dir are restricted to their owner, and no other files are changed."""

import logging
import os
from pathlib import Path

import pytest

from backend_host.data import permissions
from tests.backend_process import Launch, needs_modes

pytestmark = needs_modes

APP_FILES = ["app.db", "app.db-wal", "secret_key", "config.json", "config.json.broken-2026", "logs/fastapi.log.1"]
APP_FILES += [
    "window-theme",
    "logs/shell.log",
    "backups/app-20260101T000000000000Z-manual.db",
    "backups/damaged-17-app.db",
]


def modes(data_dir: Path) -> dict[str, int]:
    return {str(path.relative_to(data_dir)): path.stat().st_mode & 0o777 for path in [data_dir, *data_dir.rglob("*")]}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data dir that other users can read."""
    folder = tmp_path / "data"
    for name in APP_FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    make_readable(folder)
    return folder


def make_readable(data_dir: Path) -> None:
    for path in [data_dir, *data_dir.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_start_restricts_readable_files_and_logs_the_change(launch: Launch, tmp_path: Path) -> None:
    launch().stop()
    make_readable(tmp_path / "data")
    backend = launch()
    assert [name for name, mode in modes(tmp_path / "data").items() if mode & 0o077] == []
    backend.stop()
    log = "".join(backend.log)
    secret_key = tmp_path / "data" / "secret_key"
    assert f"WARNING backend_host.data.permissions Restricted the permissions of {secret_key} to its owner" in log


def test_files_and_folders_of_the_app_are_restricted(data_dir: Path) -> None:
    permissions.restrict_to_owner(data_dir)
    assert set(modes(data_dir).values()) == {0o600, 0o700}


def test_empty_folders_of_the_app_are_restricted(tmp_path: Path) -> None:
    for name in ("backups", "logs", "photos"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
    tmp_path.chmod(0o755)
    permissions.restrict_to_owner(tmp_path)
    assert modes(tmp_path) == {".": 0o755, "backups": 0o700, "logs": 0o700, "photos": 0o777}


def test_only_app_files_are_restricted_in_a_shared_folder(data_dir: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(mode=0o644)
    others = ["diary.txt", "backups/photos.tar", "backups/app.db", "logs/nginx.log", "config.json.d/one", "app.db.old"]
    for name in others:
        (data_dir / name).parent.mkdir(exist_ok=True)
        (data_dir / name).touch()
    (data_dir / "app.lock").symlink_to(elsewhere)
    make_readable(data_dir)
    permissions.restrict_to_owner(data_dir)
    found = modes(data_dir)
    assert {name for name, mode in found.items() if mode & 0o077 == 0} == set(APP_FILES)
    assert elsewhere.stat().st_mode & 0o777 == 0o644


def test_existing_folder_without_database_is_not_restricted(tmp_path: Path) -> None:
    (tmp_path / "app.lock").touch(0o600)
    tmp_path.chmod(0o755)
    permissions.restrict_to_owner(tmp_path)
    assert modes(tmp_path) == {".": 0o755, "app.lock": 0o600}


def test_file_deleted_concurrently_does_not_prevent_restriction(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    content = list(data_dir.iterdir())
    monkeypatch.setattr(Path, "iterdir", lambda _folder: [*content, data_dir / "config.json.1.tmp"])
    with caplog.at_level(logging.WARNING):
        permissions.restrict_to_owner(data_dir)
    assert modes(data_dir)["secret_key"] == 0o600
    assert "failed" not in caplog.text


@pytest.mark.parametrize("fails", ["chmod", "scandir"])
def test_failed_restriction_is_logged_and_ignored(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fails: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Not yours")

    monkeypatch.setattr(os, fails, refuse)
    with caplog.at_level(logging.WARNING):
        permissions.restrict_to_owner(data_dir)
    assert "Not yours" in caplog.text
