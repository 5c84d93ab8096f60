"""Inspect the data of a debug build: `make shell`, `make db`, `make logs`, `make seed`. Run on the bundled interpreter."""

import argparse
import code
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.project import ROOT
from scripts.run import add_to_path

LAST_LINES = 40
POLL_S = 0.2
LOG_FILES = ("logs/fastapi.log", "logs/shell.log")


def open_shell(data_dir: Path) -> int:
    """Open a Python prompt with a session, the models and crud."""
    namespace = _shell_namespace(data_dir)
    with namespace["session"]:
        banner = f"{data_dir}\nNames: {', '.join(sorted(namespace))}. session.commit() stores changes."
        code.interact(banner, local=namespace, exitmsg="")
    return 0


def open_database(data_dir: Path) -> int:
    """Open SQLite's prompt on app.db."""
    from scripts.dev.data_dirs import DATABASE

    return subprocess.run([sys.executable, "-I", "-m", "sqlite3", str(data_dir / DATABASE)], check=False).returncode


def follow_logs(data_dir: Path) -> int:
    """Print the last lines of the shell's and the backend's log, then follow both until interrupted."""
    offsets: dict[Path, int] = {}
    for name in LOG_FILES:
        path = data_dir / name
        if path.exists():
            for line in path.read_text("utf-8", "replace").splitlines()[-LAST_LINES:]:
                print(format_line(line))
            offsets[path] = path.stat().st_size
    while True:
        time.sleep(POLL_S)
        for line in new_lines(data_dir, offsets):
            print(format_line(line), flush=True)


def new_lines(data_dir: Path, offsets: dict[Path, int]) -> Iterator[str]:
    """Lines written after the given offsets, which are updated. A rotated file is read from its beginning."""
    for name in LOG_FILES:
        path = data_dir / name
        if not path.exists():
            continue
        start = offsets.get(path, 0)
        with path.open("rb") as file:
            file.seek(0 if path.stat().st_size < start else start)
            complete, _, partial = file.read().rpartition(b"\n")
            offsets[path] = file.tell() - len(partial)  # codespell:ignore tell
        yield from complete.decode("utf-8", "replace").splitlines()


def format_line(line: str) -> str:
    """Format a JSON log line as text. Other lines are unchanged."""
    try:
        entry = json.loads(line)
        text = f"{entry['time']} {entry['level'].upper():<8} {entry['logger']} {entry['message']}"
        return f"{text}\n{entry['exception']}" if "exception" in entry else text
    except (ValueError, KeyError, TypeError):
        return line


def seed(data_dir: Path, count: int) -> int:
    """Add sample items to the default user."""
    namespace = _shell_namespace(data_dir)
    crud, session, models = namespace["crud"], namespace["session"], namespace["models"]
    with session:
        for number in range(1, count + 1):
            item = models.ItemCreate(
                title=f"Sample item {number}", description=f"Created by make seed, {number} of {count}"
            )
            crud.create_item(session=session, item_in=item, owner_id=models.DEFAULT_USER_ID)
    print(f"{count} items created in {data_dir}")
    return 0


def _shell_namespace(data_dir: Path) -> dict[str, Any]:
    os.environ["DATA_DIR"] = str(data_dir)
    add_to_path(ROOT / "python-backend")
    from sqlmodel import Session, select

    from app import crud, models
    from app.core.db import engine, init_db

    session = Session(engine)
    init_db(session)
    return {"crud": crud, "engine": engine, "models": models, "select": select, "session": session}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="data dir of the app (default: the debug build of this checkout)")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("shell", "db", "logs"):
        commands.add_parser(name)
    commands.add_parser("seed").add_argument("--count", type=int, default=30)
    arguments = parser.parse_args()
    from scripts.dev.data_dirs import debug_data_dir

    data_dir = (arguments.data_dir or debug_data_dir()).resolve()
    if not data_dir.is_dir():
        print(
            f"error: {data_dir} does not exist. Start the app once (make dev), or select a data dir: DATA_DIR=PATH",
            file=sys.stderr,
        )
        return 1
    try:
        match arguments.command:
            case "shell":
                return open_shell(data_dir)
            case "db":
                return open_database(data_dir)
            case "logs":
                return follow_logs(data_dir)
            case _:
                return seed(data_dir, arguments.count)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
