"""UUIDs read as the text that an answer holds."""

from typing import Any

from sqlalchemy import ColumnElement, Dialect, String, type_coerce

from app.models import UuidOrText
from backend_host.database.checked_types import CheckedType

_DIGITS = 32


class UuidText(CheckedType[str]):
    """A UUID column's values in their usual form of 36 characters, lower case. For reading alone."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, str):  # SQLite has the 32 digits
            if len(value) != _DIGITS:
                raise ValueError("not a UUID")
            return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
        if isinstance(value, bytes):
            raise TypeError("not a UUID")
        return None if value is None else str(value)


def as_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same column, but a UUID's is read as text: to make a `uuid.UUID` of each takes a fifth of the time of a page."""
    return type_coerce(column, UuidText) if isinstance(column.type, UuidOrText) else column
