"""Dry run of a migration on a copy of the database."""

import json
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
from scripts.hot_patch.app import About, App
from scripts.hot_patch.errors import RefusedError, RejectedError
from scripts.hot_patch.program import program, program_arguments

TIMEOUT_S = 120
"""Timeout of a dry run in seconds."""
DUMP_AFTER_S = TIMEOUT_S - 5


def copy_database(app: App, folder: Path) -> None:
    """Copy the database to `folder`/app.db and check its integrity. Raises RefusedError."""
    try:
        (folder / DATABASE).touch(mode=0o600)
        with closing(sqlite3.connect(f"{(app.data_dir / DATABASE).as_uri()}?mode=ro", uri=True)) as database:
            database.execute("VACUUM INTO ?", (str(folder / DATABASE),))
        with closing(sqlite3.connect(folder / DATABASE)) as copy:
            (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise RefusedError(f"The database can't be copied: {error}. Nothing was changed.") from error
    if verdict != "ok":
        raise RefusedError(f"The database is damaged: {verdict}. Nothing was changed. Restore a backup first.")


def run(app: App, about: About, source: Path, origin: Path) -> None:
    """Start the code at `source`, a copy of `origin`, on a copy of the database, and query its readiness.

    Raises RefusedError, and RejectedError when the migration or the readiness check fails.
    """
    folder = app.hot / f"dry-run-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        copy_database(app, folder)
        token = secrets.token_urlsafe(32)
        text = f"import faulthandler\nfaulthandler.dump_traceback_later({DUMP_AFTER_S})\n{program(with_debugger=False)}"
        command = [str(about.interpreter), *CONTRACT_FLAGS, "-c", text, *program_arguments(source, origin)]
        with subprocess.Popen(
            command,
            cwd=folder,
            env={"DATA_DIR": str(folder), "LAUNCH_TOKEN": token, "API_PATH": about.api_path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout
            assert process.stderr
            log: list[str] = []
            reader = threading.Thread(target=_collect, args=(process.stderr, log), daemon=True)
            reader.start()
            took_too_long = threading.Event()

            def give_up() -> None:
                took_too_long.set()
                process.kill()

            limit = threading.Timer(TIMEOUT_S, give_up)
            limit.start()
            try:
                event = _outcome(process.stdout)
                if event.get("event") == "ready":
                    _ask(event, about.api_path, token)
                    return
            except OSError as error:
                event = {"code": "health_check_failed", "message": f"It gave no good answer: {error}"}
            finally:
                limit.cancel()
                assert process.stdin
                with suppress(BrokenPipeError):
                    process.stdin.close()
                process.wait(TIMEOUT_S)
                reader.join(1)
        if took_too_long.is_set():
            event = {"code": "start_timeout", "message": f"it was not done after {TIMEOUT_S} s"}
        said = event.get("message", "it died")
        # The message of migration_failed is for users. The log has the details.
        why = "." if event.get("code") == "migration_failed" else f": {said.rstrip('.')}."
        raise RejectedError(
            event.get("code", "died_early"),
            f"The migration failed on a copy of the database, which itself was not touched{why} Fix it, and push again.",
            "".join(log).replace(f"Error: {said}", ""),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _collect(pipe: IO[bytes], log: list[str]) -> None:
    log.extend(line.decode("utf-8", "replace") for line in pipe)


def _outcome(stdout: IO[bytes]) -> dict[str, Any]:
    for line in stdout:
        with suppress(ValueError):
            event: dict[str, Any] = json.loads(line)
            if event.get("event") in {"ready", "failed"}:
                return event
    return {}


def _ask(event: dict[str, Any], api_path: str, token: str) -> None:
    request = urllib.request.Request(
        f"http://{event['address']}:{event['port']}{api_path}/utils/ready/", headers={"X-Launch-Token": token}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT_S) as answer:
        answer.read()


def revision(app: App) -> str:
    """The database's revision; empty without a schema or database. Raises RefusedError when it can't be read."""
    if not (app.data_dir / DATABASE).exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{(app.data_dir / DATABASE).as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    except sqlite3.Error as error:
        raise RefusedError(f"The database can't be read: {error}. Nothing was changed.") from error
    return str(found)


def backup_at(app: App, revision: str) -> Path | None:
    """The newest backup from before a migration from `revision`; None if there is none."""
    for path in sorted((app.data_dir / "backups").glob("app-*-migration.db"), reverse=True):
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as copy,
        ):
            if copy.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,):
                return path
    return None
