"""compileall without docstrings. An interpreter of the same minor version runs it with -X no_debug_ranges.

The first argument lists globs of modules that retain their docstrings, separated by os.pathsep. compileall parses the other arguments.

Assertions remain; Python's option -OO would also remove them.
"""

import ast
import importlib.machinery
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from pathlib import PurePath
from types import CodeType
from typing import Any, ClassVar

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def without_docstrings(source: bytes, path: str) -> ast.Module:
    """Parse a module without docstrings; `pass` replaces a docstring that is the only statement."""
    tree = ast.parse(source, path)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.copy_location(ast.Pass(), node.body[0])]
    return tree


class LeanLoader(SourceFileLoader):
    """Source loader for compileall that omits docstrings."""

    keep_docstrings: ClassVar[list[str]] = []

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        keep = any(PurePath(path).match(glob) for glob in self.keep_docstrings)
        tree = ast.parse(data, path) if keep else without_docstrings(data, path)
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)


if __name__ == "__main__":
    LeanLoader.keep_docstrings = [glob for glob in sys.argv.pop(1).split(os.pathsep) if glob]
    importlib.machinery.SourceFileLoader = LeanLoader  # type: ignore[misc]
    runpy.run_module("compileall", run_name="__main__")
