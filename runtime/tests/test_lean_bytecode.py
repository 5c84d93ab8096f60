"""Bytecode without docstrings and column positions: removed and retained parts; every module remains importable."""

import ast
from pathlib import Path

import pytest

from runtime.build.lean_compileall import without_docstrings
from runtime.tests.test_pack import TREE, copy, run_json, without_pack

__all__ = ["copy"]

IMPORT_ALL = """
import contextlib, importlib, io, json, pkgutil, sys, warnings
import app  # does not read its settings
warnings.simplefilter("ignore")
failed = {}
def names(paths, prefix=""):
    for module in pkgutil.iter_modules(paths, prefix):
        yield module.name
        if module.ispkg and not module.name.startswith("alembic.templates"):  # scripts that Alembic copies
            with contextlib.suppress(Exception):
                yield from names(importlib.import_module(module.name).__path__, f"{module.name}.")
for name in names([path for path in sys.path if not path.endswith(("app_src", "lib-dynload"))]):
    if name in ("this", "antigravity") or name.endswith("__main__"):
        continue
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(name)
    except (Exception, SystemExit) as error:
        failed[name] = repr(error)
print(json.dumps([len(sys.modules), failed]))
"""


def test_pack_preserves_importability_of_every_module(copy: Path) -> None:
    lean = run_json(copy, IMPORT_ALL)
    with without_pack(copy):
        assert run_json(copy, IMPORT_ALL) == lean
    assert isinstance(lean, list)
    assert lean[0] > 1000


RETAINED = """
import dis, importlib, json, sys
module, name = importlib.import_module(sys.argv[1]), sys.argv[2]
function = getattr(module, name)
code = function.__code__
columns = [column for _, _, column, _ in code.co_positions() if column]
lines = {line for _, _, line in code.co_lines() if line}
asserts = any(step.argrepr == "AssertionError" for step in dis.get_instructions(code))
print(json.dumps([bool(function.__doc__), bool(columns), len(lines) > 3, asserts]))
"""
"""Prints whether a function has a docstring, column positions, lines and assertions."""


def test_package_bytecode_has_lines_and_assertions_without_docstrings_and_columns() -> None:
    assert run_json(TREE, RETAINED, "fastapi.dependencies.utils", "solve_dependencies") == [False, False, True, True]
    assert run_json(TREE, RETAINED, "json", "dumps") == [False, False, True, False]


def test_app_modules_retain_docstrings() -> None:
    assert run_json(TREE, RETAINED, "backend_host.data.files", "write_private") == [True, True, True, False]


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ('def f():\n    "doc"', "def f():\n    pass"),
        ('class A:\n    """doc"""\n    x = 1', "class A:\n    x = 1"),
        ('async def f():\n    "doc"\n    return "no doc"', "async def f():\n    return 'no doc'"),
        ('"""doc"""\nfrom __future__ import annotations', "from __future__ import annotations"),
        ('x = 1\n"retained: no docstring"', "x = 1\n'retained: no docstring'"),
        ('def f():\n    b"retained"', "def f():\n    b'retained'"),
        ('def f():\n    f"retained {x}"', "def f():\n    f'retained {x}'"),
    ],
)
def test_only_docstrings_are_removed(source: str, left: str) -> None:
    assert ast.unparse(without_docstrings(source.encode(), "m.py")) == left
