"""Reads from the database file whether the default user has a password. Runs before settings are loaded, so it has no engine."""

import sqlite3
from contextlib import closing
from pathlib import Path


def default_user_has_password(database: Path) -> bool:
    """Whether the default user has a password. False without a readable database."""
    from app.models import DEFAULT_USER_ID

    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT 1 FROM user WHERE id = ? AND hashed_password <> ''"
            return connection.execute(query, (DEFAULT_USER_ID.hex,)).fetchone() is not None
    except sqlite3.Error:
        return False
