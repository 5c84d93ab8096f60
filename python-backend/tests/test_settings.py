import json
import logging
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from app import crud
from app.core.config import settings
from app.core.db import init_db
from app.models import DEFAULT_USER_ID, ItemCreate, UserUpdate
from backend_host.launch import flags
from tests.accounts import (
    API,
    OTHER_PASSWORD,
    PASSWORD,
    auth_headers,
    make_user,
    set_default_user_password,
    status_and_detail,
)
from tests.backend_process import Launch, is_private

pytestmark = pytest.mark.desktop

SETTINGS = f"{API}/settings/"
OWNER = {"email": "Owner@Example.com", "password": PASSWORD}


@pytest.fixture(autouse=True)
def config_file(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The path of config.json. Afterwards, log levels are restored and the file is deleted."""
    path = settings.DATA_DIR / "config.json"
    monkeypatch.setattr(flags, "parsed", {})
    monkeypatch.setattr(settings, "LOG_LEVEL", "info")
    names = (None, "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
    levels = {name: logging.getLogger(name).level for name in names}
    yield path
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    for path in settings.DATA_DIR.glob("config.json*"):
        path.unlink()


def patch(client: TestClient, **changes: object) -> dict[str, Any]:
    response = client.patch(SETTINGS, json=changes)
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


def test_settings_report_value_now_and_after_restart(client: TestClient, config_file: Path) -> None:
    config_file.write_text('{"port": 4321}')
    assert client.get(SETTINGS).json() == {
        "AUTH_REQUIRED": {"value": False, "after_restart": False, "restart_needed": False, "overridden_by": None},
        "PORT": {"value": 0, "after_restart": 4321, "restart_needed": True, "overridden_by": None},
        "LOG_LEVEL": {"value": "info", "after_restart": "info", "restart_needed": False, "overridden_by": None},
        "config_fault": None,
    }


def test_log_level_applies_immediately_and_is_stored(client: TestClient, config_file: Path) -> None:
    config_file.write_text('{"log_level": "error", "ACCESS_TOKEN_EXPIRE_MINUTES": 5}')
    response = patch(client, LOG_LEVEL="DEBUG")
    assert response["LOG_LEVEL"] == {
        "value": "debug",
        "after_restart": "debug",
        "restart_needed": False,
        "overridden_by": None,
    }
    assert logging.getLogger().level == logging.getLogger("uvicorn.access").level == logging.DEBUG
    assert json.loads(config_file.read_text()) == {"LOG_LEVEL": "debug", "ACCESS_TOKEN_EXPIRE_MINUTES": 5}
    assert is_private(config_file)


def test_port_applies_after_restart(client: TestClient) -> None:
    assert patch(client, PORT=8123)["PORT"] == {
        "value": 0,
        "after_restart": 8123,
        "restart_needed": True,
        "overridden_by": None,
    }


def test_flag_and_variable_override_config_json(
    client: TestClient, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "info")
    flags.parsed["PORT"] = "0"
    response = patch(client, LOG_LEVEL="debug", PORT=8123)
    assert response["LOG_LEVEL"] == {
        "value": "info",
        "after_restart": "info",
        "restart_needed": False,
        "overridden_by": "variable",
    }
    assert (response["PORT"]["after_restart"], response["PORT"]["overridden_by"]) == (0, "flag")
    assert json.loads(config_file.read_text()) == {"LOG_LEVEL": "debug", "PORT": 8123}


def test_port_of_inherited_socket_is_reported(
    client: TestClient, config_file: Path, monkeypatch: pytest.MonkeyPatch, listening_socket: socket.socket
) -> None:
    bound = listening_socket.getsockname()[1]
    monkeypatch.setattr(settings, "LISTEN_FD", listening_socket.fileno())
    assert client.get(SETTINGS).json()["PORT"] == {
        "value": 0,
        "after_restart": 0,
        "restart_needed": False,
        "overridden_by": None,
    }
    other = 8123 if bound != 8123 else 8124
    for pinned, needed in ((bound, False), (other, True)):
        port = patch(client, PORT=pinned)["PORT"]
        assert (port["after_restart"], port["restart_needed"], port["overridden_by"]) == (pinned, needed, None)
    monkeypatch.setattr(settings, "PORT", other)  # configured, but the launcher listens on another port
    port = client.get(SETTINGS).json()["PORT"]
    assert (port["value"], port["restart_needed"]) == (bound, True)


@pytest.mark.parametrize(
    "change",
    [
        {"PORT": -1},
        {"PORT": 65_536},
        {"PORT": "many"},
        {"PORT": None},
        {"LOG_LEVEL": "loud"},
        {"LOG_LEVEL": None},
        {"AUTH_REQUIRED": None},
        {"AUTH_REQUIRED": "perhaps"},
        {"SECRET_KEY": "x" * 40},
        {"DATA_DIR": "/elsewhere"},
        {"owner": OWNER},
        {"AUTH_REQUIRED": False, "owner": OWNER},
        {"AUTH_REQUIRED": True, "owner": {"email": "not an email", "password": PASSWORD}},
        {"AUTH_REQUIRED": True, "owner": {"email": "a@example.com", "password": "7 chars"}},
    ],
)
def test_invalid_change_is_rejected_and_nothing_is_stored(
    client: TestClient, config_file: Path, change: dict[str, object]
) -> None:
    assert client.patch(SETTINGS, json={"LOG_LEVEL": "debug", **change}).status_code == 422
    assert not config_file.exists()
    assert settings.LOG_LEVEL == "info"


@pytest.mark.usefixtures("auth_on")
def test_settings_require_superuser_while_auth_is_on(client: TestClient, session: Session) -> None:
    superuser, guest = auth_headers(set_default_user_password(session)), auth_headers(make_user(session))
    for method in ("GET", "PATCH"):
        assert client.request(method, SETTINGS, json={}).status_code == 401
        response = client.request(method, SETTINGS, json={}, headers=guest)
        assert status_and_detail(response) == (403, "The user doesn't have enough privileges")
        assert client.request(method, SETTINGS, json={}, headers=superuser).status_code == 200


def test_auth_cannot_be_enabled_before_default_user_has_password(
    client: TestClient, session: Session, config_file: Path
) -> None:
    make_user(session, "second@example.com", is_superuser=True)
    response = client.patch(SETTINGS, json={"AUTH_REQUIRED": True})
    assert response.status_code == 409
    assert "owner" in response.json()["detail"]
    assert not config_file.exists()


def test_owner_credentials_apply_to_default_user_who_retains_items(
    client: TestClient, session: Session, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = client.post(f"{API}/items/", json={"title": "Before"}).json()
    response = patch(client, AUTH_REQUIRED=True, owner=OWNER | {"full_name": "Me"})
    assert response["AUTH_REQUIRED"] == {
        "value": False,
        "after_restart": True,
        "restart_needed": True,
        "overridden_by": None,
    }
    assert json.loads(config_file.read_text()) == {"AUTH_REQUIRED": True}, "config.json contains no password"
    monkeypatch.setattr(settings, "AUTH_REQUIRED", True)
    form = {"username": "owner@example.com", "password": PASSWORD}
    token = client.post(f"{API}/login/access-token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    me = client.get(f"{API}/users/me", headers=headers).json()
    assert (me["id"], me["full_name"]) == (str(DEFAULT_USER_ID), "Me")
    assert client.get(f"{API}/items/{item['id']}", headers=headers).json() == item

    again = client.patch(SETTINGS, headers=headers, json={"AUTH_REQUIRED": True, "owner": OWNER})
    assert again.status_code == 409
    assert "already has a password" in status_and_detail(again)[1]
    off = client.patch(SETTINGS, headers=headers, json={"AUTH_REQUIRED": False}).json()["AUTH_REQUIRED"]
    assert (off["value"], off["after_restart"]) == (True, False)
    monkeypatch.setattr(settings, "AUTH_REQUIRED", False)
    assert client.get(f"{API}/items/").json()["data"] == [item]
    assert patch(client, AUTH_REQUIRED=True)["AUTH_REQUIRED"]["after_restart"] is True, "the password is stored"


def test_owner_email_of_another_user_is_rejected(client: TestClient, session: Session, config_file: Path) -> None:
    make_user(session, "owner@example.com")
    response = client.patch(SETTINGS, json={"AUTH_REQUIRED": True, "owner": OWNER})
    assert status_and_detail(response) == (409, "User with this email already exists")
    assert not config_file.exists()


def test_demoted_default_user_is_restored_while_auth_is_off(session: Session) -> None:
    user = set_default_user_password(session)
    make_user(session, "second@example.com", is_superuser=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(settings, "AUTH_REQUIRED", True)
        crud.update_user(session=session, db_user=user, user_in=UserUpdate(is_active=False, is_superuser=False))
        init_db(session)
        assert not user.is_superuser
    init_db(session)
    assert (user.is_active, user.is_superuser) == (True, True)


def test_deleted_default_user_is_recreated_when_email_is_taken(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(session, "second@example.com", is_superuser=True)
    user = set_default_user_password(session)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(settings, "AUTH_REQUIRED", True)
        crud.delete_user(session=session, user=user)
    make_user(session, settings.FIRST_SUPERUSER)
    init_db(session)
    assert crud.get_user(session=session, user_id=DEFAULT_USER_ID)


def test_first_superuser_settings_apply_until_default_user_has_password(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = crud.create_item(session=session, item_in=ItemCreate(title="Mine"), owner_id=DEFAULT_USER_ID)
    monkeypatch.setattr(settings, "FIRST_SUPERUSER", "Boss@example.com")
    monkeypatch.setattr(settings, "FIRST_SUPERUSER_PASSWORD", PASSWORD)
    init_db(session)
    superuser = crud.authenticate(session=session, email="boss@example.com", password=PASSWORD)
    assert superuser
    assert superuser.id == mine.owner_id
    monkeypatch.setattr(settings, "FIRST_SUPERUSER_PASSWORD", OTHER_PASSWORD)
    init_db(session)
    assert crud.authenticate(session=session, email="boss@example.com", password=PASSWORD), (
        "an existing password is not replaced"
    )


def test_config_json_made_invalid_at_runtime_is_reported_and_moved_by_next_change(
    client: TestClient, config_file: Path
) -> None:
    config_file.write_text('{"LOG_LEVEL": "deb')
    config_fault = client.get(SETTINGS).json()["config_fault"]
    assert "can't be read" in config_fault["reason"]
    assert config_fault["moved_to"] is None
    assert patch(client, PORT=8123)["config_fault"] is None
    assert [path.read_text() for path in settings.DATA_DIR.glob("config.json.broken-*")] == ['{"LOG_LEVEL": "deb']


def test_change_that_cannot_be_stored_fails_and_applies_nothing(
    client: TestClient, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backend_host.settings.config_file.write_private", full)
    response = client.patch(SETTINGS, json={"LOG_LEVEL": "debug"})
    assert (response.status_code, response.json()["code"]) == (507, "disk_full")
    assert settings.LOG_LEVEL == "info"


def test_concurrent_changes_are_all_stored(client: TestClient, config_file: Path) -> None:
    changes: list[dict[str, object]] = [{"PORT": 8123}, {"LOG_LEVEL": "debug"}] * 10
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda change: bool(patch(client, **change)), changes)) == [True] * 20
    assert json.loads(config_file.read_text()) == {"PORT": 8123, "LOG_LEVEL": "debug"}
    assert [path.name for path in settings.DATA_DIR.glob("config.json*")] == ["config.json"]


def test_start_with_invalid_config_json_succeeds_and_reports_it(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "config.json").write_text('{"PORT": "not a number"}')
    backend = launch()
    with backend.client() as client:
        config_fault = client.get("settings/").json()["config_fault"]
    assert "PORT" in config_fault["reason"]
    assert Path(config_fault["moved_to"]).read_text() == '{"PORT": "not a number"}'
    backend.stop()
    assert "config.json is invalid" in (tmp_path / "data" / "logs" / "fastapi.log").read_text()
    again = launch()
    with again.client() as client:
        assert client.get("settings/").json()["config_fault"] is None


def test_auth_change_applies_after_restart(launch: Launch) -> None:
    backend = launch()
    with backend.client() as client:
        client.post("items/", json={"title": "Mine"}).raise_for_status()
        client.patch("settings/", json={"AUTH_REQUIRED": True, "owner": OWNER}).raise_for_status()
        assert client.get("items/").status_code == 200, "authentication starts after a restart"
    backend.stop()
    backend = launch()
    with backend.client() as client:
        assert client.get("items/").status_code == 401
        form = {"username": OWNER["email"], "password": PASSWORD}
        token = client.post("login/access-token", data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("items/").json()["count"] == 1
        client.patch("settings/", json={"AUTH_REQUIRED": False}).raise_for_status()
    backend.stop()
    backend = launch()
    with backend.client() as client:
        assert client.get("items/").json()["count"] == 1


def test_start_with_auth_flag_and_no_password_fails_with_instructions(launch: Launch, tmp_path: Path) -> None:
    backend = launch("--auth-required")
    assert (backend.events[0]["code"], backend.wait()) == ("auth_without_owner", 1)
    assert "users reset-password admin@example.com`" in backend.events[0]["message"]
    variables = {"FIRST_SUPERUSER": "boss@example.com", "FIRST_SUPERUSER_PASSWORD": PASSWORD}
    backend = launch("--auth-required", **variables)
    assert backend.ready
    backend.stop()
    with sqlite3.connect(tmp_path / "data" / "app.db") as database:
        assert database.execute("SELECT email FROM user").fetchall() == [("boss@example.com",)]
    database.close()
    assert launch("--auth-required").ready


def test_start_with_auth_flag_names_the_changed_email_of_the_default_user(launch: Launch) -> None:
    backend = launch()
    with backend.client() as client:
        client.patch("users/me", json={"email": OWNER["email"]}).raise_for_status()
    backend.stop()
    backend = launch("--auth-required")
    assert (backend.events[0]["code"], backend.wait()) == ("auth_without_owner", 1)
    assert "users reset-password owner@example.com`" in backend.events[0]["message"]
