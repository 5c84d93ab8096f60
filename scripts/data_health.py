"""How a data dir is, without changing anything in it."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATABASE, LOCK = "app.db", "app.lock"


def data_dirs(identifier: str, env: Mapping[str, str]) -> dict[str, Path]:
    """Where an installed app and a debug build keep their data, as the shell finds it."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(env.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(env.get("XDG_DATA_HOME") or home / ".local" / "share")
    return {"release": base / identifier, "debug": base / f"{identifier}.dev"}


def size_of(folder: Path) -> int:
    """Bytes of all files below it; what goes away meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(Path(parent, name)).st_size
            except OSError:
                continue
    return total


def holder_of(lock: Path) -> dict[str, Any] | None:
    """Who holds the data dir, by the note in its lock file; None when nobody does. Windows can't say: the note may be old."""
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
                note = json.loads(file.read())
                return {name: note[name] for name in ("holder", "pid", "since")}
            except (ValueError, KeyError, TypeError):
                return {"holder": "another process"}
    except OSError:
        return None


def database_health(path: Path) -> dict[str, Any]:
    """Whether SQLite finds it whole, and the schema it is at. Opened read-only; without a log beside it, not even a lock is taken."""
    log = path.with_name(f"{path.name}-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    told: dict[str, Any] = {"size_bytes": path.stat().st_size}
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=5)
        try:
            told["integrity"] = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            told["revision"] = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        finally:
            connection.close()
    except (sqlite3.Error, TypeError) as error:
        told.setdefault("integrity", str(error))
        told["revision"] = None
    told["ok"] = told["integrity"] == "ok" and told["revision"] is not None
    return told


def health(folder: Path) -> dict[str, Any]:
    """What can be told of a data dir. `ok` is False when the database is there and not whole."""
    if not folder.is_dir():
        return {"path": str(folder), "there": False, "ok": True}
    database = folder / DATABASE
    backups = sorted((folder / "backups").glob("*.db"))
    found = database_health(database) if database.is_file() else None
    return {
        "path": str(folder),
        "there": True,
        "ok": found is None or found["ok"],
        "size_bytes": size_of(folder),
        "database": found,
        "backups": len(backups),
        "config_json": (folder / "config.json").is_file(),
        "set_aside": len(list(folder.glob("config.json.broken-*"))),
        "held_by": holder_of(folder / LOCK),
    }
