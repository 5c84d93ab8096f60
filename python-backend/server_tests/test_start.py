"""Start of a server: required settings, registration and migrations."""

import re
import subprocess
import sys

import httpx
import pytest

from harness.postgres_cluster import Cluster
from server_tests.conftest import EMAIL, PASSWORD, Serve
from server_tests.load import log_in
from tests.backend_process import SOURCE, Backend, Launch


def startup_failure(backend: Backend) -> tuple[str, str]:
    (event,) = backend.events
    assert event["event"] == "failed", event
    assert backend.wait() == 1
    assert "Traceback" not in "".join(backend.log)
    return event["code"], event["message"]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("variables", "code", "expected"),
    [
        ({"SECRET_KEY": ""}, "secret_key_missing", "SECRET_KEY"),
        ({"FIRST_SUPERUSER_PASSWORD": ""}, "auth_without_owner", "FIRST_SUPERUSER_PASSWORD"),
        ({"DATABASE_URL": "mysql://me:s3cret@db/app"}, "config_invalid", "postgresql+psycopg://"),
        ({"DATABASE_URL": "postgresql+psycopg://me:s3cret@db:port/app"}, "config_invalid", "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql+psycopg://me:p@s3cret@127.0.0.1/app"}, "config_invalid", "%40"),
        ({"DATABASE_URL": ""}, "config_invalid", "unset"),
        ({"DATABASE_URL": "postgresql+psycopg://me:s3cret@127.0.0.1:1/app"}, "database_unreachable", "DATABASE_URL"),
    ],
)
def test_start_with_missing_or_invalid_server_setting_names_it(
    serve: Serve, workers: str, variables: dict[str, str], code: str, expected: str
) -> None:
    backend = serve(WORKERS=workers, **variables)
    failed, message = startup_failure(backend)
    assert failed == code, message
    assert expected in message
    assert "s3cret" not in message + "".join(backend.log)


def test_connection_failure_is_reported_without_password(serve: Serve, cluster: Cluster) -> None:
    wrong = cluster.url.replace(cluster.password, "s3cret-and-wrong")
    for url in (wrong, cluster.url_of("nowhere")):
        backend = serve(DATABASE_URL=url)
        code, message = startup_failure(backend)
        assert code == "database_unreachable"
        assert "s3cret" not in message
        assert cluster.password not in message


def test_start_without_driver_names_requirements_file(database: str) -> None:
    # Without the packages of requirements-server.lock, as in the desktop app.
    code = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('app', run_name='__main__')"
    ran = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code, str(SOURCE)],
        env={"DATABASE_URL": database, "SECRET_KEY": "k" * 32},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert '"code": "driver_missing"' in ran.stdout
    assert "requirements-server.lock" in ran.stderr


def test_multiple_workers_require_postgres(launch: Launch) -> None:
    code, message = startup_failure(launch(WORKERS="2"))
    assert (code, "WORKERS" in message) == ("config_invalid", True)


@pytest.mark.parametrize(("variables", "status"), [({}, 403), ({"OPEN_REGISTRATION": "true"}, 200)])
def test_signup_requires_open_registration(serve: Serve, variables: dict[str, str], status: int) -> None:
    backend = serve(**variables)
    with httpx.Client(base_url=f"{backend.url}/api/v1/", trust_env=False) as client:
        assert client.get("utils/about/").json()["signup"] is (status == 200)
        new = {"email": "new@example.com", "password": PASSWORD}
        assert client.post("users/signup", json=new).status_code == status
        login = client.post("login/access-token", data={"username": new["email"], "password": PASSWORD})
        assert login.status_code == (200 if status == 200 else 400)


def test_server_forces_auth_and_about_needs_no_login(serve: Serve) -> None:
    backend = serve(AUTH_REQUIRED="false", APP_VERSION="1.2.3")
    with httpx.Client(base_url=f"{backend.url}/api/v1/", trust_env=False) as client:
        assert client.get("items/").status_code == 401
        about = client.get("utils/about/").json()
        assert about == {"version": "1.2.3", "auth_required": True, "server": True, "api_version": 1, "signup": False}
        assert client.get("utils/health-check/").json() is True
        assert client.get("utils/ready/").status_code == 200
    headers = log_in(backend, EMAIL, PASSWORD)
    with httpx.Client(base_url=f"{backend.url}/api/v1/", headers=headers, trust_env=False) as client:
        assert client.get("utils/diagnostics/").json()["database"].startswith("PostgreSQL ")
        assert client.patch("settings/", json={"LOG_LEVEL": "debug"}).status_code == 409
        refused = client.post("backups/")
        assert (refused.status_code, refused.json()["code"]) == (409, "backups_unsupported")
        assert "pg_dump" in refused.json()["detail"]
    assert backend.stop() == 0


def test_cors_allows_configured_origins_only(serve: Serve) -> None:
    backend = serve(BACKEND_CORS_ORIGINS='["app://window"]')
    for origin, allowed in (("app://window", "app://window"), ("https://evil.example", None)):
        preflight = {
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        }
        response = httpx.options(f"{backend.url}/api/v1/items/", headers=preflight, trust_env=False)
        assert response.headers.get("access-control-allow-origin") == allowed


def test_one_of_concurrently_starting_processes_migrates(serve: Serve) -> None:
    backends = [serve(wait=False) for _ in range(4)]
    for backend in backends:
        backend.read_event()
        assert backend.ready
    assert [backend.stop() for backend in backends] == [0] * 4
    log = "".join(line for backend in backends for line in backend.log)
    assert len(re.findall("Migrating the database", log)) == 1, log


def test_database_of_newer_version_is_rejected_unchanged(serve: Serve, cluster: Cluster, database: str) -> None:
    assert serve().stop() == 0
    name = database.rsplit("/", 1)[1]
    cluster.sql("UPDATE alembic_version SET version_num = 'zzzz'", name)
    assert startup_failure(serve())[0] == "database_newer"
    assert cluster.sql("SELECT version_num FROM alembic_version", name).strip() == "zzzz"
    cluster.sql("UPDATE alembic_version SET version_num = 'copying-0003'", name)
    assert startup_failure(serve())[0] == "copy_unfinished"


def test_worker_is_not_ready_when_schema_differs(serve: Serve, cluster: Cluster, database: str) -> None:
    backend = serve()
    ready = f"{backend.url}/api/v1/utils/ready/"
    assert httpx.get(ready, trust_env=False).status_code == 200
    cluster.sql("UPDATE alembic_version SET version_num = 'zzzz'", database.rsplit("/", 1)[1])
    assert httpx.get(ready, trust_env=False).status_code == 503
