"""Sort orders of text that are the same on SQLite and PostgreSQL, independent of PostgreSQL's locale."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class case_insensitive(FunctionElement[str]):  # noqa: N801 (named like SQLAlchemy's functions)
    """Sort key: bytewise with ASCII letters folded, as SQLite's NOCASE."""

    type = String()
    inherit_cache = True


class bytewise(FunctionElement[str]):  # noqa: N801
    """Sort key: bytewise, as SQLite's default collation BINARY."""

    type = String()
    inherit_cache = True


@compiles(case_insensitive, "sqlite")
def _nocase(element: case_insensitive, compiler: SQLCompiler, **options: Any) -> str:
    return f"{compiler.process(element.clauses, **options)} COLLATE NOCASE"


@compiles(case_insensitive, "postgresql")
def _lower(element: case_insensitive, compiler: SQLCompiler, **options: Any) -> str:
    return f'lower({compiler.process(element.clauses, **options)} COLLATE "C")'


@compiles(bytewise, "sqlite")
def _binary(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(bytewise, "postgresql")
def _collate_c(element: bytewise, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'
