"""`python -m app db copy`: all rows in both directions, resumption after a kill, protection of existing data."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session

from app import crud
from app.core.schema import schema
from app.models import ItemFileRow
from backend_host.database.sqlite import create_sqlite_engine
from harness.postgres_cluster import Cluster
from server_tests.conftest import EMAIL, Serve
from server_tests.load import log_in, stored_item_ids
from tests.accounts import PASSWORD, make_user
from tests.backend_process import ENVIRONMENT, RUN_SOURCE, SOURCE, Launch, overwrite_table

ITEMS = 3_500
KILLED_DURING_COPY = RUN_SOURCE.replace(
    "; runpy.run_module",
    """
import os
from backend_host.database import copy as database_copy
copy_table, database_copy.BATCH_SIZE = database_copy._copy_table, 500
def copy_until_killed(table, reading, target, on_progress):
    def kill_at_1500(name, done, total):
        on_progress(name, done, total)
        if name == "item" and done >= 1500:
            os.kill(os.getpid(), 9)
    return copy_table(table, reading, target, kill_at_1500)
database_copy._copy_table = copy_until_killed
runpy.run_module""",
)
"""Code of a copy that kills its process after 1,500 items."""


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite database with accounts, recovery codes and thousands of items."""
    folder = tmp_path / "desktop"
    engine = create_sqlite_engine(f"sqlite:///{folder / 'app.db'}")
    schema.upgrade(engine)
    with Session(engine) as session:
        for email in (EMAIL, "Ünal@example.com"):
            user = make_user(session, email, full_name="Ünal", is_superuser=email == EMAIL)
            crud.issue_recovery_codes(session=session, user=user)
            items = (
                ItemFileRow(title=f"{number} ЧЁРНЫЙ", description="" if number % 2 else None) for number in range(ITEMS)
            )
            crud.import_items(session=session, owner_id=user.id, items=items)
    engine.dispose()
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-I", "-B", "-u", "-X", "utf8", "-c", RUN_SOURCE, str(SOURCE), "db", "copy", *arguments]


def copy(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env={**ENVIRONMENT, **variables}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in ("user", "item", "recovery_code", "alembic_version")
        }


def test_copy_to_server_and_back_preserves_all_rows(
    data_dir: Path, database: str, serve: Serve, tmp_path: Path
) -> None:
    to_server = copy("--to", database, DATA_DIR=str(data_dir))
    assert to_server.returncode == 0, to_server.stderr
    assert f"item: {ITEMS * 2:,} of {ITEMS * 2:,}" in to_server.stderr
    assert f"item {ITEMS * 2:,}" in to_server.stdout
    assert database.split(":")[2].split("@")[0] not in to_server.stdout + to_server.stderr, (
        "output contains no password"
    )

    back = tmp_path / "back" / "app.db"
    from_server = copy("--to", f"sqlite:///{back}", DATABASE_URL=database)
    assert from_server.returncode == 0, from_server.stderr
    assert rows(back) == rows(data_dir / "app.db")

    backend = serve()
    headers = log_in(backend, EMAIL, PASSWORD)
    assert len(stored_item_ids(backend, headers)) == ITEMS
    with httpx.Client(base_url=f"{backend.url}/api/v1/", headers=headers, trust_env=False, timeout=60) as client:
        assert client.post("items/", json={"title": "New"}).status_code == 200, "new numbers follow the copied ones"
        assert client.get("items/", params={"search": "чёрный"}).json()["count"] == ITEMS * 2


def test_copy_to_nonempty_target_requires_replace(data_dir: Path, database: str) -> None:
    assert copy("--to", database, DATA_DIR=str(data_dir)).returncode == 0
    for arguments in ((), ("--resume",)):
        refused = copy("--to", database, *arguments, DATA_DIR=str(data_dir))
        assert (refused.returncode, "--replace" in refused.stderr) == (1, True), refused.stderr
        assert "Traceback" not in refused.stderr
    assert copy("--to", database, "--replace", DATA_DIR=str(data_dir)).returncode == 0


@pytest.mark.parametrize("target", ["PostgreSQL", "SQLite"])
def test_killed_copy_resumes(
    data_dir: Path, database: str, serve: Serve, cluster: Cluster, tmp_path: Path, target: str
) -> None:
    source, to = {"DATA_DIR": str(data_dir)}, database
    if target == "SQLite":
        assert copy("--to", database, **source).returncode == 0
        source, to = {"DATABASE_URL": database, "DATA_DIR": str(tmp_path)}, f"sqlite:///{tmp_path / 'back.db'}"
    killed = subprocess.run(
        [KILLED_DURING_COPY if part == RUN_SOURCE else part for part in command("--to", to)],
        env={**ENVIRONMENT, **source},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if target == "PostgreSQL":
        backend = serve()
        assert backend.events[0]["code"] == "copy_unfinished", "the app does not start with an unfinished copy"
    refused = copy("--to", to, **source)
    assert (refused.returncode, "--resume" in refused.stderr) == (1, True)
    done = copy("--to", to, "--resume", **source)
    assert done.returncode == 0, done.stderr
    assert "item: 1,500 of" in done.stderr, "it resumed"
    final = tmp_path / "final" / "app.db"
    if target == "PostgreSQL":
        assert copy("--to", f"sqlite:///{final}", DATABASE_URL=database).returncode == 0
    assert rows(final if target == "PostgreSQL" else tmp_path / "back.db") == rows(data_dir / "app.db")


def test_copy_that_differs_is_reported(data_dir: Path, database: str, cluster: Cluster) -> None:
    name = database.rsplit("/", 1)[1]
    assert copy("--to", database, DATA_DIR=str(data_dir)).returncode == 0
    cluster.sql("UPDATE alembic_version SET version_num = 'copying-' || version_num", name)
    cluster.sql("UPDATE item SET description = 'x' WHERE number = 4711", name)
    differs = copy("--to", database, "--resume", DATA_DIR=str(data_dir))
    assert differs.returncode == 1
    assert "4711 of table item" in differs.stderr
    assert cluster.sql("SELECT version_num FROM alembic_version", name).strip().startswith("copying-")


def test_copy_rejects_database_in_use_missing_or_identical(
    data_dir: Path, database: str, launch: Launch, tmp_path: Path
) -> None:
    backend = launch(data_dir=data_dir)
    in_use = copy("--to", database, DATA_DIR=str(data_dir))
    assert (in_use.returncode, "is in use by" in in_use.stderr) == (1, True)
    assert backend.stop() == 0
    for to, source, expected in (
        (database, tmp_path / "nothing", "There is no database"),
        (f"sqlite:///{data_dir / 'app.db'}", data_dir, "the same database"),
        ("mysql://db/app", data_dir, "must begin with"),
        ("nonsense", data_dir, "must begin with"),
    ):
        refused = copy("--to", to, DATA_DIR=str(source))
        assert (refused.returncode, expected in refused.stderr) == (1, True), refused.stderr
        assert "Traceback" not in refused.stderr


def test_row_that_target_rejects_is_reported(data_dir: Path, database: str) -> None:
    with closing(sqlite3.connect(data_dir / "app.db")) as connection, connection:
        connection.execute("UPDATE item SET title = ? WHERE number = 2500", ("x" * 300,))
    refused = copy("--to", database, DATA_DIR=str(data_dir))
    assert refused.returncode == 1
    assert "A row of table item between 2001 and 3000" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_copy_names_the_database_that_failed(data_dir: Path, database: str, cluster: Cluster, tmp_path: Path) -> None:
    assert copy("--to", database, DATA_DIR=str(data_dir)).returncode == 0
    target = tmp_path / "target.db"
    assert copy("--to", f"sqlite:///{target}", DATABASE_URL=database).returncode == 0
    overwrite_table(target, "item")
    failed = copy("--to", f"sqlite:///{target}", "--replace", DATABASE_URL=database)
    assert (failed.returncode, f"{target} is damaged" in failed.stderr) == (1, True), failed.stderr

    name = database.rsplit("/", 1)[1]
    cluster.sql("UPDATE alembic_version SET version_num = 'copying-' || version_num", name)
    cluster.sql("DELETE FROM item WHERE number > 4000", name)
    cluster.sql(
        "CREATE FUNCTION fail() RETURNS trigger AS $$BEGIN RAISE SQLSTATE '53100'; END$$ LANGUAGE plpgsql", name
    )
    cluster.sql("CREATE TRIGGER full_disk BEFORE INSERT ON item EXECUTE FUNCTION fail()", name)
    failed = copy("--to", database, "--resume", DATA_DIR=str(data_dir))
    assert (failed.returncode, "can't be used" in failed.stderr, "A row" in failed.stderr) == (1, True, False)
    assert "postgresql" in failed.stderr

    overwrite_table(data_dir / "app.db", "user")
    failed = copy("--to", database, "--replace", DATA_DIR=str(data_dir))
    assert (failed.returncode, f"{data_dir / 'app.db'} is damaged" in failed.stderr) == (1, True), failed.stderr
