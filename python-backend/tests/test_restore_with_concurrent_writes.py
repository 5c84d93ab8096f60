"""Writes acknowledged during a restore are in the restored database or in the backup of the previous one."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.core.config import settings
from app.core.db import engine
from backend_host.database import backup
from backend_host.database.backup import BackupPublic, BackupReason
from tests.backend_process import Launch
from tests.test_backups import run_app

pytestmark = pytest.mark.desktop

ITEMS, BACKUPS = "/api/v1/items/", "/api/v1/backups/"
WRITERS = 4


@pytest.fixture
def folder(client: TestClient) -> Iterator[Path]:
    folder = settings.DATA_DIR / "backups"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def titles(*databases: Path) -> set[str]:
    found: set[str] = set()
    for path in databases:
        with closing(sqlite3.connect(path)) as connection:
            found |= {title for (title,) in connection.execute("SELECT title FROM item")}
    return found


@contextmanager
def writers(post: Callable[[str], bool]) -> Iterator[list[str]]:
    """Write in threads during the block, which begins after the first write of each thread. Yields the acknowledged titles."""
    acknowledged: list[str] = []
    done, all_started = threading.Event(), threading.Barrier(WRITERS + 1)

    def write(name: int) -> None:
        number = 0
        while not done.is_set():
            title = f"{name}-{number}"
            if post(title):
                acknowledged.append(title)
            number += 1
            if number == 1:
                all_started.wait(60)

    with ThreadPoolExecutor(WRITERS) as pool:
        running: list[Future[None]] = [pool.submit(write, name) for name in range(WRITERS)]
        all_started.wait(60)
        try:
            yield acknowledged
        finally:
            done.set()
    for future in running:
        future.result()


def test_restores_with_concurrent_writes_lose_no_acknowledged_write(client: TestClient, folder: Path) -> None:
    client.post(f"{ITEMS}import", json=[{"title": "old", "description": "x" * 200}] * 2_000).raise_for_status()
    snapshot = client.post(BACKUPS).json()

    def post(title: str) -> bool:
        response = client.post(ITEMS, json={"title": title})
        assert response.status_code in {200, 503}, response.text
        return response.status_code == 200

    with writers(post) as acknowledged:
        before = len(acknowledged)
        for _ in range(4):
            client.post(f"{BACKUPS}{snapshot['name']}/restore").raise_for_status()
        assert len(acknowledged) > before, "writers were active during the restores"
    found = titles(settings.DATA_DIR / "app.db", *folder.glob("*-restore.db"))
    assert sorted(set(acknowledged) - found) == []


def test_write_after_snapshot_waits_for_the_restore(
    client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = client.post(BACKUPS).json()
    create = backup.create
    refused: list[str] = []

    def create_then_write(*arguments: object) -> BackupPublic:
        created = create(engine, BackupReason.RESTORE)
        with closing(sqlite3.connect(settings.DATA_DIR / "app.db", timeout=0)) as other:
            try:
                other.execute("DELETE FROM item")
            except sqlite3.OperationalError as error:
                refused.append(str(error))
        return created

    monkeypatch.setattr(backup, "create", create_then_write)
    client.post(f"{BACKUPS}{snapshot['name']}/restore").raise_for_status()
    assert refused == ["database is locked"]


def test_restore_command_loses_no_acknowledged_write_of_a_running_app(launch: Launch, tmp_path: Path) -> None:
    data = tmp_path / "data"
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "old"}).raise_for_status()
        snapshot = Path(run_app("backup", "--data-dir", data).stdout.strip())

        def post(title: str) -> bool:
            return client.post("items/", json={"title": title}, timeout=60).status_code == 200

        with writers(post) as acknowledged:
            done = run_app("restore", snapshot, "--data-dir", data)
    assert done.returncode == 0, done.stderr
    assert sorted(set(acknowledged) - titles(data / "app.db", *(data / "backups").glob("*-restore.db"))) == []
