"""Whether a column contains a text, byte by byte."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import Session

from backend_host.database.postgres import is_postgres


def contains(session: Session, text: SQLCoreOperations[Any], parts: Iterable[str]) -> ColumnElement[bool]:
    """Whether `text` contains one of `parts`. PostgreSQL's LIKE uses a trigram index; SQLite's would ignore ASCII's case."""
    if is_postgres(session):
        return or_(*(text.like(_like_part(part), escape="\\") for part in parts))
    return or_(*(func.instr(text, part) > 0 for part in parts))


def _like_part(text: str) -> str:
    r"""The pattern for everything that contains `text`, in which nothing is a wildcard. Its escape is `\`."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
