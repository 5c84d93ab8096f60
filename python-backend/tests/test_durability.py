"""Acknowledged writes survive a killed process, and concurrent writers succeed."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx

from tests.backend_process import Backend, Launch


def test_hundred_concurrent_writers_succeed(launch: Launch) -> None:
    backend = launch()
    statuses: list[int] = []

    def write(number: int) -> None:
        with backend.client() as client:
            for turn in range(4):
                response = client.post("items/", json={"title": f"{number}.{turn}"}, timeout=60)
                statuses.append(response.status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 400
    with backend.client() as client:
        assert client.get("items/").json()["count"] == 400


def write_until_killed(backend: Backend, acknowledged: list[str], name: str) -> None:
    with backend.client() as client:
        for number in range(100_000):
            try:
                response = client.post("items/", json={"title": f"{name}-{number}"})
            except httpx.TransportError:
                return
            assert response.status_code == 200
            acknowledged.append(response.json()["id"])


def test_killed_backend_loses_no_acknowledged_write(launch: Launch) -> None:
    acknowledged: list[str] = []
    for turn in range(10):
        backend = launch()
        before = len(acknowledged)
        threads = [
            threading.Thread(target=write_until_killed, args=(backend, acknowledged, f"{turn}-{number}"))
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        while len(acknowledged) < before + 30:
            threads[0].join(0.01)
            assert threads[0].is_alive(), "".join(backend.log[-20:])
        backend.process.kill()
        for thread in threads:
            thread.join()
        backend.wait()
    last = launch()
    with last.client() as client:
        exported = client.get("items/export").json()
        found = client.get("items/", params={"search": "0-0-", "limit": 1_000}).json()
    assert set(acknowledged) <= {item["id"] for item in exported}
    assert len(exported) <= len(acknowledged) + 10 * 4, "at most one unacknowledged write per thread and kill"
    assert found["count"] == sum("0-0-" in item["title"] for item in exported), "the search index is complete"


ROWS = 4_000


def send_import(backend: Backend, kill_at_end: bool) -> None:
    """Import ROWS items; with `kill_at_end`, kill the backend before the last row is sent."""

    def body() -> Iterator[bytes]:
        yield b"title\n" + b"".join(b"Imported row %d\n" % number for number in range(ROWS - 1))
        if kill_at_end:
            client.get("items/")  # its response shows that the backend has read the rows above
            backend.process.kill()
        yield b"Imported row last\n"

    with backend.client() as client, contextlib.suppress(httpx.TransportError):
        client.post("items/import", content=body(), timeout=60)


def test_killed_import_stores_all_rows_or_none_with_complete_index(launch: Launch, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    backend = launch()
    expected = [0]
    for moment in ("while the file arrives", "while rows are stored", "while rows are indexed"):
        log_size = (data_dir / "app.db-wal").stat().st_size
        thread = threading.Thread(target=send_import, args=(backend, moment == "while the file arrives"))
        thread.start()
        with closing(sqlite3.connect(data_dir / "app.db", timeout=20)) as other:
            while moment != "while the file arrives" and thread.is_alive():
                thread.join(0.001)
                (pending,) = other.execute("SELECT count(*) FROM item_search_pending").fetchone()
                grown = (data_dir / "app.db-wal").stat().st_size > log_size
                if pending or (grown and moment == "while rows are stored"):
                    break
        if moment == "while the file arrives":
            thread.join()  # `send_import` kills the backend
        backend.process.kill()
        thread.join()
        backend.wait()
        assert not list(data_dir.glob("*.partial"))
        if moment == "while rows are stored":  # the import may have committed before the kill
            expected = [0, ROWS]
        elif moment == "while rows are indexed":
            expected = [count + ROWS for count in expected]

        backend = launch()
        with backend.client() as client:
            count = client.get("items/").json()["count"]
            assert count in expected, moment
            expected = [count]
            for search in ("imported row", "ow"):
                assert client.get("items/", params={"search": search}).json()["count"] == count, moment
        with closing(sqlite3.connect(data_dir / "app.db")) as other:
            assert other.execute("SELECT count(*) FROM item_search_pending").fetchone() == (0,)
            matches = "SELECT count(*) FROM item_search WHERE item_search MATCH '\"imported row\"'"
            assert other.execute(matches).fetchone() == (count,)
