"""Text in the same order, and found by the same letters, on SQLite and on PostgreSQL, whatever locale that was set up with."""

from typing import Any, cast

from sqlalchemy import ColumnElement, String, collate, func, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.functions import FunctionElement

from app.crud.like import like_part

_VARIANTS = ("ςµϐϑϕϖϰϱϵſ", "σμβθφπκρεs")  # noqa: RUF001
"""Letters that have no other case, and what SQLite's search index takes them for."""


class ignoring_case(FunctionElement[str]):  # noqa: N801 (named like SQLAlchemy's own)
    """For sorting: byte by byte, but A as a. SQLite's NOCASE."""

    type = String()
    inherit_cache = True


class bytewise(FunctionElement[str]):  # noqa: N801
    """For sorting: byte by byte, as SQLite does unless told otherwise."""

    type = String()
    inherit_cache = True


@compiles(ignoring_case, "sqlite")
def _nocase(element: ignoring_case, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.clauses, **options)} COLLATE NOCASE"


@compiles(ignoring_case, "postgresql")
def _lowered(element: ignoring_case, compiler: SQLCompiler, **options: Any) -> str:
    return f'lower({compiler.process(element.clauses, **options)} COLLATE "C")'


@compiles(bytewise, "sqlite")
def _as_it_is(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(bytewise, "postgresql")
def _collated(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


def holds(text: SQLCoreOperations[Any], part: str) -> ColumnElement[bool]:
    """PostgreSQL alone: whether `text` holds `part`, whatever the case of any letter. Migration 0003 makes the index."""
    return _folded(cast("ColumnElement[Any]", text)).like(_folded(literal(like_part(part))))


def _folded(text: ColumnElement[Any]) -> ColumnElement[str]:
    variants: Any = (literal_column(f"'{letters}'") for letters in _VARIANTS)  # as in the index, not as parameters
    return func.translate(func.lower(collate(text, "und-x-icu")), *variants)
