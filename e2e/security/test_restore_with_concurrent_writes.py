"""Restores with concurrent writes: every acknowledged write is in the database or in a backup that a restore created."""

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx

from e2e.security.scale import scaled
from harness.browser_backend import BrowserBackend

WRITERS = 4
RESTORES = scaled(3, 8)
ITEMS = scaled(4_000, 40_000)


def titles_in(database: Path) -> set[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {title for (title,) in connection.execute("SELECT title FROM item")}


def test_writes_acknowledged_during_restores_are_in_database_or_backups(backend: BrowserBackend) -> None:
    done = threading.Event()
    saved: list[str] = []

    def write(writer: int) -> None:
        number = 0
        with backend.api() as api:
            api.timeout = httpx.Timeout(60)
            while not done.is_set():
                title = f"{writer}.{number}"
                response = api.post("/items/", json={"title": title})
                assert response.status_code in {200, 503}, response.text
                if response.status_code == 200:
                    saved.append(title)
                number += 1

    with backend.api() as api, ThreadPoolExecutor(WRITERS) as pool:
        api.timeout = httpx.Timeout(120)
        api.post("/items/import", content=json.dumps([{"title": f"old {n}"} for n in range(ITEMS)]).encode())
        name = api.post("/backups/").json()["name"]
        backed_up = set()
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        try:
            for _ in range(RESTORES):
                restored = api.post(f"/backups/{name}/restore")
                assert restored.status_code == 200, restored.text
                # Read each backup immediately: retention deletes the older ones.
                backup = restored.json()["previous_database_backup"]["name"]
                backed_up |= titles_in(backend.data_dir / "backups" / backup)
        finally:
            done.set()
        for writer in writers:
            writer.result()
    assert len(saved) > RESTORES
    lost = set(saved) - titles_in(backend.data_dir / "app.db") - backed_up
    assert lost == set(), f"{len(lost)} of {len(saved)}"
