"""Reads and damages the app's stored data. `data_home` is the folder in which the app creates its data dir."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path


def database_of(data_home: Path) -> Path:
    """Path of the only database. Raises ValueError unless exactly one exists."""
    (database,) = data_home.rglob("app.db")
    return database


def stored_titles(data_home: Path) -> list[str]:
    """Sorted titles of all items in the database."""
    with closing(sqlite3.connect(database_of(data_home))) as database:
        return sorted(title for (title,) in database.execute("SELECT title FROM item"))


def damage_secret_key(data_home: Path) -> Callable[[], object]:
    """Damage the signing key, so that the next start fails. Returns a function that restores it."""
    key = database_of(data_home).with_name("secret_key")
    original = key.read_text()
    key.write_text("damaged")
    return lambda: key.write_text(original)
