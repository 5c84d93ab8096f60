"""Whether somebody owns the data: asked before there are settings, and so without an engine."""

import sqlite3
from contextlib import closing
from pathlib import Path


def has_owner(database: Path) -> bool:
    """Whether the default user has a password, as it has once authentication was on. False for no such database."""
    from app.models import DEFAULT_USER_ID

    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            asked = "SELECT 1 FROM user WHERE id = ? AND hashed_password <> ''"
            return opened.execute(asked, (DEFAULT_USER_ID.hex,)).fetchone() is not None
    except sqlite3.Error:
        return False
