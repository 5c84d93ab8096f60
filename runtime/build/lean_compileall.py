"""compileall without docstrings: run in its place by the interpreter to compile for, with -X no_debug_ranges.

Assertions stay, which Python's own way to leave out docstrings (-OO) would take along.
"""

import ast
import importlib.machinery
import runpy
from importlib.machinery import SourceFileLoader
from pathlib import PurePath
from types import CodeType
from typing import Any

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
READ_AT_IMPORT = "sqlalchemy/*/events.py"
"""Modules that take their own docstrings apart while they are imported, and assert that there are some."""


def without_docstrings(source: bytes, path: str) -> ast.Module:
    """The module's tree; whatever consists of nothing but a docstring passes instead."""
    tree = ast.parse(source, path)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.copy_location(ast.Pass(), node.body[0])]
    return tree


class LeanLoader(SourceFileLoader):
    """What compileall compiles by, in place of Python's own."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        tree = ast.parse(data, path) if PurePath(path).match(READ_AT_IMPORT) else without_docstrings(data, path)
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)


if __name__ == "__main__":
    importlib.machinery.SourceFileLoader = LeanLoader  # type: ignore[misc]
    runpy.run_module("compileall", run_name="__main__")
