import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app import crud
from app.core.config import settings
from app.core.restore import restore
from app.core.security import create_access_token
from app.models import User
from backend_host.database.sqlite import create_sqlite_engine
from tests.accounts import API, OTHER_PASSWORD, PASSWORD, auth_headers, set_default_user_password
from tests.backend_process import ENVIRONMENT, RUN_SOURCE, SOURCE, Launch, is_private

pytestmark = pytest.mark.desktop

ITEMS, BACKUPS = "/api/v1/items/", "/api/v1/backups/"


@pytest.fixture
def folder(client: TestClient) -> Iterator[Path]:
    """The backups folder of the app in this process, which is deleted after the test."""
    folder = settings.DATA_DIR / "backups"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def titles(client: TestClient, search: str = "") -> list[str]:
    return [item["title"] for item in client.get(ITEMS, params={"search": search, "sort": "title"}).json()["data"]]


def run_app(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", RUN_SOURCE, SOURCE, *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)


def downgrade(path: Path) -> None:
    """Downgrade a database to the first migration."""
    code = (
        "from alembic import command; from app.core.schema import schema;"
        "from app.core.db import engine\n"
        "with engine.begin() as connection: command.downgrade(schema.alembic_config(connection), '0001')\n"
    )
    command = [sys.executable, "-I", "-B", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n{code}"]
    subprocess.run(command, env={**ENVIRONMENT, "DATA_DIR": str(path.parent)}, check=True)


def test_restore_replaces_items_and_backs_up_the_previous_ones(client: TestClient, folder: Path) -> None:
    client.post(ITEMS, json={"title": "Old bread"})
    backup = client.post(BACKUPS).json()
    client.post(ITEMS, json={"title": "New bread"})

    response = client.post(f"{BACKUPS}{backup['name']}/restore")
    assert response.status_code == 200, response.text
    assert titles(client) == titles(client, "bread") == ["Old bread"]
    saved = response.json()["previous_database_backup"]
    assert (saved["reason"], saved["revision"]) == ("restore", backup["revision"])
    client.post(ITEMS, json={"title": "Bread after"})
    assert titles(client, "bread") == ["Bread after", "Old bread"]

    client.post(f"{BACKUPS}{saved['name']}/restore").raise_for_status()
    assert titles(client) == titles(client, "bread") == ["New bread", "Old bread"]


def test_backup_is_complete_compact_and_private(client: TestClient, folder: Path) -> None:
    client.post(ITEMS, json={"title": "Bread"})
    backup = client.post(BACKUPS).json()
    path = folder / backup["name"]
    assert path.stat().st_size == backup["size_bytes"]
    assert [file.name for file in folder.iterdir()] == [path.name]
    assert is_private(path)
    assert is_private(folder)
    copy = sqlite3.connect(path)
    assert copy.execute("SELECT title FROM item").fetchall() == [("Bread",)]
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()


def test_newest_five_backups_of_each_reason_are_retained(client: TestClient, folder: Path) -> None:
    created = [client.post(BACKUPS).json() for _ in range(7)]
    client.post(f"{BACKUPS}{created[-1]['name']}/restore").raise_for_status()
    page = client.get(BACKUPS).json()
    assert page["count"] == 6
    assert [backup for backup in page["data"] if backup["reason"] == "manual"] == created[:1:-1]
    dates = [backup["created_at"] for backup in page["data"]]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("name", ["none.db", "app-20260101T000000000000Z-manual.db", "..%2Fapp.db", "app.db", "%00"])
def test_unlisted_backup_cannot_be_restored(client: TestClient, folder: Path, name: str) -> None:
    client.post(BACKUPS)
    assert client.post(f"{BACKUPS}{name}/restore").status_code == 404


@pytest.mark.parametrize(
    "damage", ["not a database", "truncated", "overwritten", "newer", "foreign", "orphan", "incomplete", "unindexed"]
)
def test_unusable_backup_is_rejected_without_changes(client: TestClient, folder: Path, damage: str) -> None:
    client.post(f"{ITEMS}import", json=[{"title": f"Item {number}", "description": "x" * 200} for number in range(300)])
    backup = client.post(BACKUPS).json()
    path = folder / backup["name"]
    before = titles(client)
    match damage:
        case "not a database":
            path.write_bytes(b"not a database" * 1_000)
        case "truncated":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 // 4096 * 4096])
        case "overwritten":
            content = bytearray(path.read_bytes())
            for page in range(4, len(content) // 4096):
                content[page * 4096 : page * 4096 + 200] = b"\xaa" * 200
            path.write_bytes(content)
        case _:
            statement = {
                "newer": "UPDATE alembic_version SET version_num = '9999'",
                "foreign": "DROP TABLE alembic_version",
                "orphan": "DELETE FROM user",
                "incomplete": "DROP TABLE item",
                "unindexed": "DROP TRIGGER item_search_added",
            }[damage]
            with sqlite3.connect(path) as copy:
                copy.execute(statement)
            copy.close()
    response = client.post(f"{BACKUPS}{backup['name']}/restore")
    assert (response.status_code, response.json()["code"]) == (409, "backup_unusable")
    assert titles(client) == before
    assert [file.name for file in folder.iterdir()] == [path.name]


def test_readers_see_old_or_new_content_during_restore(client: TestClient, folder: Path) -> None:
    client.post(f"{ITEMS}import", json=[{"title": "old", "description": "x" * 200}] * 3_000)
    backup = client.post(BACKUPS).json()
    client.post(f"{ITEMS}import", json=[{"title": "new", "description": "y" * 200}] * 2_000)
    counts: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            response = client.get(ITEMS, params={"limit": 1})
            counts.append(response.json()["count"] if response.status_code == 200 else response.status_code)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        client.post(f"{BACKUPS}{backup['name']}/restore").raise_for_status()
    finally:
        done.set()
        reader.join()
    assert set(counts) <= {5_000, 3_000}, counts
    assert client.get(ITEMS).json()["count"] == 3_000


@pytest.mark.usefixtures("auth_on")
def test_backups_require_superuser_when_auth_is_on(client: TestClient, session: Session, folder: Path) -> None:
    session.add(guest := User(email="guest@example.com"))
    session.commit()
    assert client.get(BACKUPS).status_code == 401
    client.headers["Authorization"] = f"Bearer {create_access_token(guest.id, timedelta(minutes=5))}"
    for response in (client.get(BACKUPS), client.post(BACKUPS), client.post(f"{BACKUPS}x/restore")):
        assert (response.status_code, response.json()["detail"]) == (403, "The user doesn't have enough privileges")
    assert not folder.exists()


def log_in(client: TestClient, session: Session) -> User:
    """Set the default user's password, and add its access token to the client's headers."""
    owner = set_default_user_password(session)
    client.headers |= auth_headers(owner)
    return owner


def test_restore_of_backup_without_active_superuser_is_rejected(
    client: TestClient, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = client.post(BACKUPS).json()
    monkeypatch.setattr(settings, "AUTH_REQUIRED", True)
    log_in(client, session)
    response = client.post(f"{BACKUPS}{backup['name']}/restore")
    assert (response.status_code, response.json()["code"]) == (409, "backup_unusable")
    assert "No superuser in this backup has a password" in response.json()["detail"]
    assert client.get(BACKUPS).status_code == 200, "still logged in"


@pytest.mark.usefixtures("auth_on")
def test_restore_does_not_reactivate_revoked_sessions_and_codes(
    client: TestClient, session: Session, folder: Path
) -> None:
    owner = log_in(client, session)
    codes = crud.issue_recovery_codes(session=session, user=owner)
    backup = client.post(BACKUPS).json()
    recovery = {"email": owner.email, "code": codes[0]}
    token = client.post(f"{API}/login/recover-password", json=recovery).json()["token"]
    reset = {"token": token, "new_password": OTHER_PASSWORD}
    assert client.post(f"{API}/login/reset-password", json=reset).status_code == 200
    session.expire_all()
    newest = auth_headers(owner)
    assert client.post(f"{BACKUPS}{backup['name']}/restore", headers=newest).status_code == 200

    assert [client.get(BACKUPS, headers=headers).status_code for headers in ({}, newest)] == [403, 403]
    assert client.post(f"{API}/login/reset-password", json=reset).status_code == 400
    assert client.post(f"{API}/login/recover-password", json=recovery).status_code == 400
    assert client.post(f"{API}/login/recover-password", json=recovery | {"code": codes[1]}).status_code == 200
    session.expire_all()
    assert crud.authenticate(session=session, email=owner.email, password=PASSWORD), "the backup's password"


@pytest.mark.usefixtures("auth_on")
def test_restore_without_readable_database_does_not_reactivate_revoked_sessions(
    client: TestClient, session: Session, folder: Path, tmp_path: Path
) -> None:
    log_in(client, session)
    backup = client.post(BACKUPS).json()
    revoked = log_in(client, session).token_version
    for state in ("missing", "empty"):
        engine = create_sqlite_engine(f"sqlite:///{tmp_path / state / 'app.db'}")
        (tmp_path / state).mkdir()
        if state == "empty":
            (tmp_path / state / "app.db").touch()
        restore(engine, folder / backup["name"])
        with Session(engine) as restored:
            versions = restored.exec(select(User.token_version)).all()
        engine.dispose()
        assert min(versions) > revoked, state


@pytest.mark.usefixtures("auth_on")
def test_backup_with_damaged_superuser_is_rejected(client: TestClient, session: Session, folder: Path) -> None:
    log_in(client, session)
    backup = client.post(BACKUPS).json()
    for column in ("created_at", "id"):
        with closing(sqlite3.connect(folder / backup["name"])) as copy, copy:
            copy.execute(f"UPDATE user SET {column} = 'x'")
        response = client.post(f"{BACKUPS}{backup['name']}/restore")
        assert (response.status_code, response.json()["code"]) == (409, "backup_unusable"), column


def test_older_database_is_backed_up_before_migration(launch: Launch, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = launch()
    with first.client() as client:
        client.post("items/", json={"title": "Stored"}).raise_for_status()
    first.stop()
    assert not (data / "backups").exists(), "a new database is not backed up"
    downgrade(data / "app.db")

    with launch().client() as client:
        (saved,) = client.get("backups/").json()["data"]
        assert (saved["reason"], saved["revision"]) == ("migration", "0001")
        assert client.get("items/", params={"search": "stor"}).json()["count"] == 1
        client.post("items/", json={"title": "Later"}).raise_for_status()
        client.post(f"backups/{saved['name']}/restore").raise_for_status()
        assert [item["title"] for item in client.get("items/").json()["data"]] == ["Stored"]
        assert client.get("items/", params={"search": "stor"}).json()["count"] == 1


def test_backup_and_restore_commands_work_while_the_app_runs(launch: Launch, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with launch().client() as client:
        client.post("items/", json={"title": "Stored"}).raise_for_status()
        backup = run_app("backup", "--data-dir", data)
        assert backup.returncode == 0, backup.stderr
        path = Path(backup.stdout.strip())
        assert path.parent == data / "backups"
        client.post("items/", json={"title": "Later"}).raise_for_status()
        restored = run_app("--data-dir", data, "restore", path)
        assert restored.returncode == 0, restored.stderr
        assert "Backup of the previous database" in restored.stdout
        assert [item["title"] for item in client.get("items/").json()["data"]] == ["Stored"]


def test_restore_command_replaces_damaged_and_missing_databases(launch: Launch, tmp_path: Path) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Stored"}).raise_for_status()
    backend.stop()
    data = tmp_path / "data"
    path = shutil.copy(run_app("backup", "--data-dir", data).stdout.strip(), tmp_path / "saved.db")

    (data / "app.db").write_bytes(b"not a database" * 1_000)
    assert run_app("backup", "--data-dir", data).stderr.startswith("Error: ")
    done = run_app("restore", path, "--data-dir", data)
    assert done.returncode == 0, done.stderr
    (damaged,) = (data / "backups").glob("damaged-*-app.db")
    assert str(damaged) in done.stdout
    assert run_app("restore", next((data / "backups").glob("app-*.db")).name, "--data-dir", data).returncode == 0
    assert damaged.read_bytes() == b"not a database" * 1_000

    assert run_app("restore", path, "--data-dir", tmp_path / "other").returncode == 0
    for folder in (data, tmp_path / "other"):
        with launch(data_dir=folder).client() as client:
            assert [item["title"] for item in client.get("items/").json()["data"]] == ["Stored"]


def test_backup_and_restore_commands_fail_with_reason(tmp_path: Path) -> None:
    nothing = run_app("backup", "--data-dir", tmp_path)
    assert (nothing.returncode, "no database" in nothing.stderr) == (1, True)
    missing = run_app("restore", tmp_path / "none.db", "--data-dir", tmp_path / "data")
    assert (missing.returncode, "There is no file" in missing.stderr) == (1, True)
    assert run_app("restore").returncode == run_app("explode").returncode == 2
    assert not (tmp_path / "data" / "app.db").exists()
