"""What the app has stored, below the folder in which it makes its data dir."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path


def database_of(data_home: Path) -> Path:
    """The only database of the data dir. Fails when there are none or several."""
    (database,) = data_home.rglob("app.db")
    return database


def stored_titles(data_home: Path) -> list[str]:
    """The titles of all items, sorted: what the window may still show is another matter."""
    with closing(sqlite3.connect(database_of(data_home))) as database:
        return sorted(title for (title,) in database.execute("SELECT title FROM item"))


def damage_secret_key(data_home: Path) -> Callable[[], object]:
    """Have the next start fail; the returned function repairs it."""
    key = database_of(data_home).with_name("secret_key")
    good = key.read_text()
    key.write_text("damaged")
    return lambda: key.write_text(good)
