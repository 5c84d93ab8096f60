"""Text in the same order on SQLite and on PostgreSQL, whatever locale that was set up with."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class case_insensitive(FunctionElement[str]):  # noqa: N801 (named like SQLAlchemy's own)
    """For sorting: byte by byte, but A as a. SQLite's NOCASE."""

    type = String()
    inherit_cache = True


class bytewise(FunctionElement[str]):  # noqa: N801
    """For sorting: byte by byte, as SQLite does unless told otherwise."""

    type = String()
    inherit_cache = True


@compiles(case_insensitive, "sqlite")
def _nocase(element: case_insensitive, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.clauses, **options)} COLLATE NOCASE"


@compiles(case_insensitive, "postgresql")
def _lowered(element: case_insensitive, compiler: SQLCompiler, **options: Any) -> str:
    return f'lower({compiler.process(element.clauses, **options)} COLLATE "C")'


@compiles(bytewise, "sqlite")
def _as_it_is(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(bytewise, "postgresql")
def _collated(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'
