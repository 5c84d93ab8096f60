"""Size of the write-ahead log after large transactions, and checkpoints during slow exports."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core.config import settings
from app.main import app
from backend_host.database import sqlite
from backend_host.database.sqlite import create_sqlite_engine

pytestmark = pytest.mark.desktop

ITEMS = "/api/v1/items/"


def test_write_ahead_log_is_truncated_after_large_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "JOURNAL_SIZE_LIMIT_BYTES", 64 * 1024)
    engine = create_sqlite_engine(f"sqlite:///{tmp_path / 'app.db'}")
    wal = tmp_path / "app.db-wal"
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE large (content BLOB)")
            connection.exec_driver_sql("INSERT INTO large VALUES (zeroblob(8000000))")
        assert wal.stat().st_size > 8_000_000
        for _ in range(2):
            with engine.begin() as connection:
                connection.exec_driver_sql("INSERT INTO large VALUES (1)")
        assert wal.stat().st_size <= 64 * 1024
    finally:
        engine.dispose()


@pytest.mark.parametrize("file_format", ["json", "csv"])
def test_slow_export_does_not_block_checkpoints(client: TestClient, file_format: str) -> None:
    client.post(ITEMS, json={"title": "One"}).raise_for_status()
    database = settings.SQLALCHEMY_DATABASE_URI.removeprefix("sqlite:///")
    checkpoints: list[tuple[int, int, int]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        # Acts as a stalled client: the response continues only when this returns.
        if message.get("body"):
            with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
                other.execute("UPDATE user SET full_name = 'Written concurrently'")
                checkpoints.append(other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ITEMS}export",
        "raw_path": f"{ITEMS}export".encode(),
        "query_string": f"format={file_format}".encode(),
        "headers": [(b"host", b"testserver")],
        "server": ("testserver", 80),
        "client": ("testclient", 1),
        "state": {},
    }
    asyncio.run(app(scope, receive, send))
    assert checkpoints == [(0, 0, 0)], "the checkpoint was blocked, or the WAL is not empty"
