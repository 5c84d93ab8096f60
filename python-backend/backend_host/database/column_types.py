"""SQLAlchemy column types that behave the same on SQLite and PostgreSQL."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Dialect, String, Uuid, type_coerce

from backend_host.database.checked_types import CheckedType, require_text
from backend_host.text.email_address import canonical_email

_HEX_DIGITS = 32


class UtcDateTime(CheckedType[datetime]):
    """A moment, stored in UTC without a time zone and read as an aware datetime in UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class CanonicalEmail(CheckedType[str]):
    """An email address, stored and compared in its canonical spelling."""

    impl = String
    cache_ok = True

    def __init__(self, length: int = 255) -> None:
        super().__init__(length)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return canonical_email(value) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return require_text(value)


class UuidOrText(CheckedType[uuid.UUID]):
    """A UUID column that also compares with a UUID's text."""

    impl = Uuid
    cache_ok = True

    def process_bind_param(self, value: uuid.UUID | str | None, dialect: Dialect) -> uuid.UUID | None:
        return uuid.UUID(value) if isinstance(value, str) else value


class UuidText(CheckedType[str]):
    """Reads a UUID column as text: 36 characters, lower case. Read-only."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, str):  # SQLite stores hexadecimal digits
            if len(value) != _HEX_DIGITS:
                raise ValueError("not a UUID")
            return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
        if isinstance(value, bytes):
            raise TypeError("not a UUID")
        return None if value is None else str(value)


def uuid_as_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """`column`, but UUIDs are read as text: constructing `uuid.UUID` objects takes a fifth of the time of a page."""
    return type_coerce(column, UuidText) if isinstance(column.type, UuidOrText) else column
