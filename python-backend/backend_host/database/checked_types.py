"""Values that the app never stores: SQLite checks no types, so a damaged file can have any value in any column."""

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, TypeDecorator


class DamagedValueError(sqlite3.DatabaseError):
    """A column holds what its type can't be read from. The value itself belongs in no log."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    sqlite_errorname = "SQLITE_CORRUPT"


class CheckedType[T](TypeDecorator[T]):
    """A column type that raises DamagedValueError for a value it can't read, whatever its own processing raises."""

    __abstract__ = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None] | None:
        """As SQLAlchemy's."""
        process = super().result_processor(dialect, coltype)
        if process is None:
            return None

        def read(value: Any) -> T | None:
            try:
                return process(value)
            except ValueError, TypeError, AttributeError:
                raise DamagedValueError(f"a value is not of the type {type(self).__name__}") from None

        return read


def require_text(value: Any) -> str | None:
    """The same text. Raises TypeError for a BLOB or a number."""
    if value is not None and not isinstance(value, str):
        raise TypeError("not text")
    return value
