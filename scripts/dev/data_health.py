"""Read-only health checks of a data dir."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.dev.data_dirs import CONFIG, DATABASE, LOCK
from scripts.project import ROOT
from scripts.run import add_to_path

BACKEND = ROOT / "python-backend"


def folder_size(folder: Path) -> int:
    """Total size in bytes of all files in `folder`. Files deleted during the scan count as 0."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(Path(parent, name)).st_size
            except OSError:
                continue
    return total


def lock_holder(lock: Path) -> dict[str, Any] | None:
    """The process that locks the data dir, from its lock file; None if it is not locked. On Windows the entry may be stale."""
    try:
        with lock.open("rb") as file:
            if sys.platform != "win32":
                import fcntl

                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    return None
            try:
                entry = json.loads(file.read())
                return {name: entry[name] for name in ("holder", "pid", "since")}
            except (ValueError, KeyError, TypeError):
                return {"holder": "another process"}
    except OSError:
        return None


def known_revisions() -> set[str]:
    """The revisions of this checkout's migrations, parsed from text because alembic may not be installed."""
    files = (ROOT / "python-backend" / "app" / "alembic" / "versions").glob("*.py")
    found = (re.search(r'^revision\b[^=]*= *"([^"]+)"', file.read_text("utf-8"), re.MULTILINE) for file in files)
    return {match.group(1) for match in found if match}


def _is_accessible(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def folder_problem(folder: Path) -> str | None:
    """Why the app cannot use an existing data dir, with the error code; None if it can use it."""
    if not folder.is_dir():
        problem = "is a dangling symbolic link" if folder.is_symlink() and not folder.exists() else "is not a folder"
        return f"{problem} (data_dir_unwritable): move it elsewhere"
    if not _is_accessible(folder, os.R_OK | os.W_OK | os.X_OK):
        return "is not readable and writable for you (data_dir_unwritable): change the folder's owner, or mount its disk read-write"
    database = folder / DATABASE
    if os.path.lexists(database):
        if not database.is_file():
            return f"contains an {DATABASE} that is not a file (data_dir_unwritable): move it elsewhere"
        if not _is_accessible(database, os.R_OK | os.W_OK):
            return f"contains an {DATABASE} that is not readable and writable for you (data_dir_unwritable): change the file's owner"
    return privacy_problem(folder) or lost_database_problem(folder)


def lost_database_problem(folder: Path) -> str | None:
    """Report a missing or empty database next to files of an earlier one. The backend refuses to start in this state."""
    database = folder / DATABASE
    if database.exists() and database.stat().st_size:
        return None
    remaining = [name for name in ("secret_key",) if (folder / name).exists()]
    journals = (folder / f"{DATABASE}{suffix}" for suffix in ("-wal", "-journal"))
    remaining += [journal.name for journal in journals if journal.exists() and journal.stat().st_size]
    if any(next((folder / "backups").glob(pattern), None) for pattern in ("app-*.db", "damaged-*")):
        remaining.append("backups")
    if not remaining:
        return None
    return f"contains {', '.join(remaining)} but no {DATABASE} (database_unusable): see docs/backup-and-recovery.md"


def privacy_problem(folder: Path) -> str | None:
    """Run the backend's permission checks. An empty folder is skipped, because the check would change its mode."""
    add_to_path(BACKEND)
    from backend_host.data import data_dir
    from backend_host.errors import DataDirError

    try:
        data_dir.require_usable(folder)
        if folder.is_dir() and any(folder.iterdir()):
            data_dir.require_private(folder)
        data_dir.require_private_parents(folder)
    except DataDirError as error:
        return f"is refused ({error.code}): {error}"
    return None


def database_problem(health: Mapping[str, Any]) -> str | None:
    """Why the database is unusable, from the result of database_health; None if it is usable."""
    if not health["ok"]:
        return "is damaged (database_unusable): see docs/backup-and-recovery.md"
    if health["revision"] not in known_revisions():
        return f"is at revision {health['revision']}, which this checkout does not contain (database_newer): start the newer version"
    return None


def database_health(path: Path) -> dict[str, Any]:
    """Integrity, revision and size of a database. Opened read-only, and without locks when there is no WAL file."""
    wal = path.with_name(f"{path.name}-wal")
    mode = "mode=ro" if wal.exists() and wal.stat().st_size else "mode=ro&immutable=1"
    report: dict[str, Any] = {"size_bytes": path.stat().st_size}
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=5)
        try:
            report["integrity"] = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            report["revision"] = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        finally:
            connection.close()
    except (sqlite3.Error, TypeError) as error:
        report.setdefault("integrity", str(error))
        report["revision"] = None
    report["ok"] = report["integrity"] == "ok" and report["revision"] is not None
    return report


def health(folder: Path) -> dict[str, Any]:
    """The state of a data dir. `ok` is False when the app cannot use it; `problem` is the reason."""
    report: dict[str, Any] = {"path": str(folder), "exists": False, "ok": True, "problem": None}
    try:
        os.lstat(folder)
        report["exists"] = True
        problem = folder_problem(folder)
        if problem is None:
            return report | _contents(folder)
    except FileNotFoundError:
        problem = privacy_problem(folder)
        return report | {"ok": problem is None, "problem": problem}
    except OSError as error:
        problem = f"cannot be inspected: {error.strerror} (data_dir_unwritable): change the folder's owner"
    return report | {"ok": False, "problem": problem}


def _contents(folder: Path) -> dict[str, Any]:
    database = folder / DATABASE
    backups = sorted((folder / "backups").glob("*.db"))
    database_report = database_health(database) if database.is_file() else None
    problem = database_problem(database_report) if database_report else None
    return {
        "ok": problem is None,
        "problem": problem,
        "size_bytes": folder_size(folder),
        "database": database_report,
        "backups": len(backups),
        "config_json": (folder / CONFIG).is_file(),
        "invalid_configs": len(list(folder.glob(f"{CONFIG}.broken-*"))),
        "held_by": lock_holder(folder / LOCK),
    }
