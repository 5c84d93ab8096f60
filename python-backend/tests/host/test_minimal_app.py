"""`python -m backend_host module:app`: the launch contract with a minimal app, without a database."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from backend_host.launch.contract import CONTRACT, HEALTH_PATH, READY_PATH
from tests.backend_process import ENVIRONMENT, SOURCE, Backend, is_private, needs_signals

FOLDER = Path(__file__).parent
TOKEN = "t" * 40
RUN = (
    "import runpy, sys; sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]; "
    "runpy.run_module('backend_host', run_name='__main__', alter_sys=True)"
)


@contextmanager
def serving(
    data_dir: Path, *arguments: str, app: str = "minimal_app:app", folder: Path = FOLDER, **variables: str
) -> Iterator[Backend]:
    """Start the app as a process, wait until it is ready or failed, and kill it after the block."""
    with subprocess.Popen(
        [sys.executable, "-I", "-B", "-u", "-X", "utf8", "-c", RUN, str(SOURCE), str(folder), app, *arguments],
        env={**ENVIRONMENT, "DATA_DIR": str(data_dir), "LAUNCH_TOKEN": TOKEN, "APP_VERSION": "1.2", **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as process:
        started = Backend(process, TOKEN)
        started.read_event()
        try:
            yield started
        finally:
            process.kill()


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with serving(tmp_path_factory.mktemp("data")) as started:
        yield started


def get(backend: Backend, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{backend.url}{path}", headers=headers, trust_env=False)


def test_ready_event_has_contract_version_revision_and_digest(backend: Backend) -> None:
    assert backend.ready["contract"] == CONTRACT
    assert backend.ready["version"] == "1.2"
    assert backend.ready["schema_revision"] == ""
    assert backend.ready["code_digest"].startswith("sha256:")


def test_requests_require_the_launch_token_except_the_health_check(backend: Backend) -> None:
    refused = get(backend, "/hello")
    assert (refused.status_code, refused.headers["X-Error-Code"]) == (401, "launch_token")
    assert get(backend, "/hello", **{"X-Launch-Token": TOKEN}).json() == "world"
    assert get(backend, HEALTH_PATH).json() is True


def test_readiness_check_returns_process_and_code(backend: Backend) -> None:
    ready = get(backend, READY_PATH, **{"X-Launch-Token": TOKEN}).json()
    assert ready == {name: backend.ready[name] for name in ("pid", "code_digest", "schema_revision")}
    assert get(backend, READY_PATH).status_code == 401


def test_contract_paths_begin_with_api_path(tmp_path: Path) -> None:
    with serving(tmp_path, API_PATH="/api/v2") as started:
        assert get(started, f"/api/v2{HEALTH_PATH}").json() is True
        assert get(started, f"/api/v2{READY_PATH}", **{"X-Launch-Token": TOKEN}).json()["pid"] == started.process.pid
        assert get(started, HEALTH_PATH).status_code == 401
    with serving(tmp_path / "other", API_PATH="no-slash") as refused:
        assert refused.events[0]["code"] == "config_invalid"


def test_unknown_host_header_is_rejected(backend: Backend) -> None:
    refused = get(backend, "/hello", Host="attacker.example", **{"X-Launch-Token": TOKEN})
    assert (refused.status_code, refused.headers["X-Error-Code"]) == (400, "host")


def test_data_dir_has_lock_and_private_log_without_database(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        assert {path.name for path in tmp_path.iterdir()} == {"app.lock", "logs", "secret_key"}
        assert is_private(tmp_path / "logs")
        with serving(tmp_path) as second:
            assert (second.events[0]["code"], second.wait()) == ("data_dir_in_use", 1)
        assert first.stop() == 0


@needs_signals
def test_sigterm_shuts_down_with_status_0(tmp_path: Path) -> None:
    with serving(tmp_path) as started:
        started.process.send_signal(signal.SIGTERM)
        assert started.wait() == 0


def test_flags_and_config_json_set_host_settings(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"PORT": 1, "ALLOWED_HOSTS": ["example.com"]}')
    (tmp_path / "config.json").chmod(0o600)
    with serving(tmp_path, "--port", "0") as started:
        response = get(started, "/hello", Host="example.com", **{"X-Launch-Token": TOKEN})
        assert response.status_code == 200
        assert started.ready["port"] != 1, "the flag overrides config.json"
        assert started.stop() == 0


@pytest.mark.parametrize(
    ("app", "expected"),
    [("nowhere:app", "nowhere"), ("minimal_app:missing", "missing"), ("broken:app", "not_installed")],
)
def test_start_fails_when_app_cannot_be_imported(tmp_path: Path, app: str, expected: str) -> None:
    (tmp_path / "broken.py").write_text("import not_installed\n")
    (tmp_path / "minimal_app.py").write_text("")
    with serving(tmp_path / "data", app=app, folder=tmp_path) as started:
        assert started.events[0]["code"] == "import_failed"
        assert expected in started.events[0]["message"]
        assert started.wait() == 1


def code_digest(folder: Path) -> str:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; from backend_host.__main__ import create_application; "
        "print(create_application('single:app').code_digest())"
    )
    command = [sys.executable, "-I", "-B", "-c", code, str(SOURCE), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_code_digest_changes_with_app_module_only(tmp_path: Path) -> None:
    (tmp_path / "single.py").write_text("app = 1\n")
    before = code_digest(tmp_path)
    (tmp_path / "other.py").write_text("")
    assert code_digest(tmp_path) == before
    (tmp_path / "single.py").write_text("app = 2\n")
    assert code_digest(tmp_path) != before


def test_host_imports_no_database_library_and_no_fastapi() -> None:
    unwanted = ("sqlalchemy", "sqlmodel", "alembic", "fastapi", "email_validator")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import backend_host.serving.server, backend_host.log, "
        "backend_host.data.temporary_files, backend_host.settings.sources, backend_host.__main__; "
        f"print([name for name in {unwanted} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-I", "-B", "-c", code, str(SOURCE)], capture_output=True, text=True)
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr


def test_missing_app_argument_prints_usage() -> None:
    ran = subprocess.run(
        [sys.executable, "-I", "-B", "-c", RUN, str(SOURCE), str(FOLDER)], capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: python -m backend_host MODULE:APP" in ran.stderr
