"""Column types that detect damaged values. SQLite checks no types, so any column of a damaged file can have any value."""

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, TypeDecorator


class DamagedValueError(sqlite3.DatabaseError):
    """A column contains a value that is invalid for its type. The message omits the value, because it is logged."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    sqlite_errorname = "SQLITE_CORRUPT"


class CheckedType[T](TypeDecorator[T]):
    """A TypeDecorator that raises DamagedValueError when its result processing raises ValueError, TypeError or AttributeError."""

    __abstract__ = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None] | None:
        """See sqlalchemy.types.TypeDecorator.result_processor."""
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
    """Return `value` if it is text or None. Raises TypeError for a BLOB or a number."""
    if value is not None and not isinstance(value, str):
        raise TypeError("not text")
    return value
