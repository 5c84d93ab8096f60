"""`python -m app users reset-password EMAIL`, run as a process."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import Session

from app import account_commands
from app.core.db import engine
from app.core.schema import schema
from backend_host.data import data_lock
from backend_host.errors import DatabaseError
from tests.accounts import OTHER_PASSWORD, make_user
from tests.backend_process import ENVIRONMENT, RUN_SOURCE, SOURCE, Launch
from tests.test_backups import downgrade

COMMAND = [sys.executable, "-I", "-B", "-X", "utf8", "-c", RUN_SOURCE, str(SOURCE)]
RESET = ["users", "reset-password"]


def run(*arguments: str, password: str = OTHER_PASSWORD, data_dir: Path | None = None) -> tuple[int, str, str]:
    completed = subprocess.run(
        [*COMMAND, *arguments],
        env={**ENVIRONMENT, **({"DATA_DIR": str(data_dir)} if data_dir else {})},
        input=password + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return completed.returncode, completed.stdout, completed.stderr


@pytest.fixture
def data_dir(launch: Launch, tmp_path: Path) -> Path:
    """A data dir with a database."""
    launch().stop()
    return tmp_path / "data"


def log_in(launch: Launch, password: str) -> int:
    backend = launch("--auth-required")
    with backend.client() as client:
        form = {"username": "admin@example.com", "password": password}
        status = client.post("login/access-token", data=form).status_code
    backend.stop()
    return status


def test_reset_password_sets_password_from_stdin(launch: Launch, data_dir: Path) -> None:
    status, output, errors = run(*RESET, "ADMIN@example.com", "--data-dir", str(data_dir))
    assert (status, errors) == (0, "")
    assert output == "Password updated for admin@example.com. Its sessions and recovery codes are revoked.\n"
    assert log_in(launch, OTHER_PASSWORD) == 200


def test_reset_password_accepts_leading_flag_and_variable(data_dir: Path) -> None:
    assert run("--data-dir", str(data_dir), *RESET, "admin@example.com")[0] == 0
    assert run(*RESET, "admin@example.com", data_dir=data_dir)[0] == 0


def test_reset_password_works_while_backend_runs_and_revokes_sessions(launch: Launch, data_dir: Path) -> None:
    assert run(*RESET, "admin@example.com", data_dir=data_dir)[0] == 0
    backend = launch("--auth-required")
    with backend.client() as client:
        form = {"username": "admin@example.com", "password": OTHER_PASSWORD}
        token = client.post("login/access-token", data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("users/me").status_code == 200
        assert run(*RESET, "admin@example.com", password="third password", data_dir=data_dir)[0] == 0
        assert client.get("users/me").status_code == 403


def test_reset_password_failure_is_reported_and_changes_nothing(data_dir: Path, tmp_path: Path) -> None:
    assert run(*RESET, "unknown@example.com", data_dir=data_dir)[::2] == (
        1,
        "Error: No account has the email unknown@example.com.\n",
    )
    status, _, errors = run(*RESET, "admin@example.com", password="short", data_dir=data_dir)
    assert (status, "at least 8" in errors, "short" in errors.replace("too short", "")) == (1, True, False)
    status, _, errors = run(*RESET, "admin@example.com", data_dir=tmp_path / "none")
    assert (status, "no database" in errors) == (1, True)
    assert not (tmp_path / "none").exists()
    assert run("users", data_dir=data_dir)[0] == 2


def test_reset_password_prompts_twice_without_echo_in_terminal(data_dir: Path) -> None:
    pty = pytest.importorskip("pty", reason="Windows has no POSIX pseudo-terminals")

    def run_in_terminal(first: str, second: str) -> tuple[int, str]:
        terminal, child_end = pty.openpty()
        command = [*COMMAND, *RESET, "admin@example.com", "--data-dir", str(data_dir)]
        with subprocess.Popen(
            command,
            env=ENVIRONMENT,
            stdin=child_end,
            stdout=child_end,
            stderr=child_end,
            start_new_session=True,
        ) as process:
            os.close(child_end)
            shown = b""
            for prompt, reply in ((b"New password", first), (b"Repeat the password", second)):
                while prompt not in shown or not shown.endswith(b": "):
                    shown += os.read(terminal, 1_000)
                os.write(terminal, f"{reply}\n".encode())
            with contextlib.suppress(OSError):  # Linux raises EIO when the other end is closed
                while more := os.read(terminal, 1_000):
                    shown += more
        os.close(terminal)
        return process.returncode, shown.decode()

    status, shown = run_in_terminal(OTHER_PASSWORD, OTHER_PASSWORD)
    assert (status, OTHER_PASSWORD in shown) == (0, False)
    status, shown = run_in_terminal(OTHER_PASSWORD, "another one")
    assert (status, "differ" in shown) == (1, True)


def test_reset_password_has_no_open_transaction_during_prompt(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(session)
    connections: list[str] = []

    def prompt(_email: str) -> str:
        connections.append(engine.pool.status())
        return OTHER_PASSWORD

    monkeypatch.setattr(account_commands, "_prompt", prompt)
    assert "Password updated" in account_commands.reset_password("guest@example.com")
    assert ["Current Checked out connections: 0" in status for status in connections] == [True], connections


@pytest.mark.desktop
def test_reset_password_reports_damaged_account(session: Session) -> None:
    make_user(session)
    session.connection().exec_driver_sql("UPDATE user SET created_at = 'x' WHERE email = 'guest@example.com'")
    session.commit()
    with pytest.raises(DatabaseError, match="is damaged"):
        account_commands.reset_password("guest@example.com")


def test_reset_password_migrates_only_if_data_dir_is_unlocked(data_dir: Path) -> None:
    downgrade(data_dir / "app.db")

    def revision() -> str:
        with contextlib.closing(sqlite3.connect(data_dir / "app.db")) as database:
            return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])

    lock = data_lock.acquire(data_dir, "the desktop app")
    status, _, errors = run(*RESET, "admin@example.com", data_dir=data_dir)
    assert (status, "is in use by the desktop app" in errors, revision()) == (1, True, "0001")
    os.close(lock)
    assert run(*RESET, "admin@example.com", data_dir=data_dir)[0] == 0
    assert revision() == schema.head_revision
