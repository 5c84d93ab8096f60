"""Routes about the backend itself."""

import re
import sqlite3
import sys

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from app.core import about
from app.core.config import settings
from app.core.schema import schema
from app.host import application, database
from backend_host.diagnostics import database_version, runtime_origin
from tests.accounts import auth_headers, make_user
from tests.backend_process import ON_POSTGRES

ABOUT = "/api/v1/utils/about/"
DIAGNOSTICS = "/api/v1/utils/diagnostics/"


@pytest.mark.parametrize("auth", [False, True])
def test_about_needs_no_login(client: TestClient, monkeypatch: pytest.MonkeyPatch, auth: bool) -> None:
    monkeypatch.setattr(settings, "AUTH_REQUIRED", auth)
    assert client.get(ABOUT).json() == {
        "version": settings.APP_VERSION,
        "auth_required": auth,
        "server": ON_POSTGRES,
        "api_version": about.API_VERSION,
        "signup": auth,
    }


def test_diagnostics_describe_process(client: TestClient) -> None:
    assert client.get(DIAGNOSTICS).json() | {"platform": ""} == {
        "version": settings.APP_VERSION,
        "python": ".".join(map(str, sys.version_info[:3])),
        "sqlite": sqlite3.sqlite_version,
        "database": database_version(database()),
        "platform": "",
        "runtime": runtime_origin(),
        "code_digest": application.code_digest(),
        "schema_revision": schema.head_revision,
        "data_dir": str(settings.DATA_DIR),
    }


def test_database_version_contains_name_and_number() -> None:
    assert re.fullmatch(r"PostgreSQL \d+\.\d+" if ON_POSTGRES else r"SQLite 3\.\d+\.\d+", database_version(database()))


def test_diagnostics_contain_no_secret(client: TestClient) -> None:
    assert settings.SECRET_KEY not in client.get(DIAGNOSTICS).text


@pytest.mark.usefixtures("auth_on")
def test_diagnostics_require_superuser(client: TestClient, session: Session) -> None:
    assert client.get(DIAGNOSTICS).status_code == 401
    assert client.get(DIAGNOSTICS, headers=auth_headers(make_user(session))).status_code == 403
