"""Dry run of a migration on a copy of the database."""

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import threading
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from runtime.integrity.self_check import CONTRACT_FLAGS
from scripts.dev.data_dirs import DATABASE
from scripts.hot_patch.app import App, AppInfo
from scripts.hot_patch.errors import PreconditionError, RejectedError
from scripts.hot_patch.program import program_arguments, program_code

TIMEOUT_S = 120
"""Timeout of a dry run in seconds."""
TRACEBACK_AFTER_S = TIMEOUT_S - 5


def copy_database(app: App, folder: Path) -> None:
    """Copy the database to `folder`/app.db and check its integrity. Raises PreconditionError."""
    try:
        (folder / DATABASE).touch(mode=0o600)
        with closing(sqlite3.connect(f"{(app.data_dir / DATABASE).as_uri()}?mode=ro", uri=True)) as database:
            database.execute("VACUUM INTO ?", (str(folder / DATABASE),))
        with closing(sqlite3.connect(folder / DATABASE)) as copy:
            (result,) = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise PreconditionError(f"The database can't be copied: {error}. Nothing was changed.") from error
    if result != "ok":
        raise PreconditionError(f"The database is damaged: {result}. Nothing was changed. Restore a backup first.")


def run(app: App, info: AppInfo, source: Path, origin: Path) -> None:
    """Start the code at `source`, a copy of `origin`, on a copy of the database, and check its readiness.

    Raises PreconditionError, and RejectedError when the migration or the readiness check fails.
    """
    folder = app.hot_dir / f"dry-run-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        copy_database(app, folder)
        token = secrets.token_urlsafe(32)
        text = f"import faulthandler\nfaulthandler.dump_traceback_later({TRACEBACK_AFTER_S})\n{program_code(with_debugger=False)}"
        command = [str(info.interpreter), *CONTRACT_FLAGS, "-c", text, *program_arguments(source, origin)]
        # Windows loads no network library without it.
        environment = {name: value for name, value in os.environ.items() if name == "SYSTEMROOT"}
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environment | {"DATA_DIR": str(folder), "LAUNCH_TOKEN": token, "API_PATH": info.api_path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout
            assert process.stderr
            stderr_lines: list[str] = []
            reader = threading.Thread(target=_read_lines, args=(process.stderr, stderr_lines), daemon=True)
            reader.start()
            timed_out = threading.Event()

            def on_timeout() -> None:
                timed_out.set()
                process.kill()

            timer = threading.Timer(TIMEOUT_S, on_timeout)
            timer.start()
            try:
                event = _read_event(process.stdout)
                if event.get("event") == "ready":
                    _check_ready(event, info.api_path, token)
                    return
            except OSError as error:
                event = {"code": "health_check_failed", "message": f"the readiness check failed: {error}"}
            finally:
                timer.cancel()
                assert process.stdin
                with suppress(BrokenPipeError):
                    process.stdin.close()
                process.wait(TIMEOUT_S)
                reader.join(1)
        if timed_out.is_set():
            event = {"code": "start_timeout", "message": f"it did not finish within {TIMEOUT_S} s"}
        message = event.get("message", "the process exited")
        # The message of migration_failed is for users; the log contains the details.
        reason = "." if event.get("code") == "migration_failed" else f": {message.rstrip('.')}."
        raise RejectedError(
            event.get("code", "exited_before_ready"),
            f"The migration failed on a copy of the database{reason} The database is unchanged. Fix the migration, and push again.",
            "".join(stderr_lines).replace(f"Error: {message}", ""),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_lines(pipe: IO[bytes], lines: list[str]) -> None:
    lines.extend(line.decode("utf-8", "replace") for line in pipe)


def _read_event(stdout: IO[bytes]) -> dict[str, Any]:
    for line in stdout:
        with suppress(ValueError):
            event: dict[str, Any] = json.loads(line)
            if event.get("event") in {"ready", "failed"}:
                return event
    return {}


def _check_ready(event: dict[str, Any], api_path: str, token: str) -> None:
    request = urllib.request.Request(
        f"http://{event['address']}:{event['port']}{api_path}/utils/ready/", headers={"X-Launch-Token": token}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT_S) as response:
        response.read()


def current_revision(app: App) -> str:
    """The database's revision; empty if no database or no revision exists. Raises PreconditionError if it can't be read."""
    if not (app.data_dir / DATABASE).exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{(app.data_dir / DATABASE).as_uri()}?mode=ro", uri=True)) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    except sqlite3.Error as error:
        raise PreconditionError(f"The database can't be read: {error}. Nothing was changed.") from error
    return str(revision)


def find_backup(app: App, revision: str) -> Path | None:
    """The newest backup from before a migration from `revision`; None if there is none."""
    for path in sorted((app.data_dir / "backups").glob("app-*-migration.db"), reverse=True):
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as copy,
        ):
            if copy.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,):
                return path
    return None
