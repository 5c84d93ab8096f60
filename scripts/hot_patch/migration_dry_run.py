"""A dry run of a migration: the code that brings it runs it on a copy of the database first."""

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
from scripts.hot_patch.errors import NotTakenError, RefusedError
from scripts.hot_patch.program import program, program_arguments

WITHIN_S = 120
"""A migration that takes longer on the copy is not run."""
DUMP_AFTER_S = WITHIN_S - 5


def copy_database(app: App, folder: Path) -> None:
    """The database as it is now, checked, as `folder`/app.db. Raises RefusedError."""
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
    """Start the code at `source`, a copy of `origin`, on a copy of the database, and ask whether it can read what it made of it.

    Raises RefusedError, and NotTakenError when it can't.
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

            limit = threading.Timer(WITHIN_S, give_up)
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
                process.wait(WITHIN_S)
                reader.join(1)
        if took_too_long.is_set():
            event = {"code": "start_timeout", "message": f"it was not done after {WITHIN_S} s"}
        said = event.get("message", "it died")
        # What the migration's own failure says is for users. Where it failed is in the log.
        why = "." if event.get("code") == "migration_failed" else f": {said.rstrip('.')}."
        raise NotTakenError(
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
    with opener.open(request, timeout=WITHIN_S) as answer:
        answer.read()


def revision(app: App) -> str:
    """Where the database's schema is; empty without one, and without a database. Raises RefusedError when it can't be read."""
    if not (app.data_dir / DATABASE).exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{(app.data_dir / DATABASE).as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    except sqlite3.Error as error:
        raise RefusedError(f"The database can't be read: {error}. Nothing was changed.") from error
    return str(found)


def backup_at(app: App, revision: str) -> Path | None:
    """The newest copy that was made before a migration from `revision`."""
    for path in sorted((app.data_dir / "backups").glob("app-*-migration.db"), reverse=True):
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as copy,
        ):
            if copy.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,):
                return path
    return None
