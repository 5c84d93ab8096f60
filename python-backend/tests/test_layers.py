"""Import layers: routes import crud, crud imports models, and the app imports the host, never the reverse."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from app.core.config import settings
from app.host import application
from tests.backend_process import PACKAGES

SOURCE = Path(__file__).resolve().parents[1]
APP, HOST = SOURCE / "app", SOURCE / "backend_host"
HOST_LAYERS = (
    *("error_codes", "errors", "application", "launch", "data", "text", "fields", "security", "transfer", "database"),
    *("diagnostics", "settings", "http", "log", "serving", "run", "__init__", "__main__"),
)
"""Each layer imports only itself and earlier layers, except inside functions."""


ENVIRONMENT = re.compile(r"\bos\.(environ|getenv)|import (environ|getenv)\b")


def statements(nodes: list[ast.stmt], *, nested: bool) -> Iterator[ast.stmt]:
    """Yield all statements, including nested ones. Without `nested`, yield only those that run on import."""
    for node in nodes:
        yield node
        for name in ("body", "orelse", "finalbody", "handlers"):
            inner: list[ast.stmt] = getattr(node, name, [])
            if nested or not (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_type_checking(node)):
                yield from statements(inner, nested=nested)


def is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imported(path: Path, *, nested: bool = True) -> set[str]:
    """Return the modules and names that a file imports."""
    names: set[str] = set()
    for node in statements(ast.parse(path.read_text("utf-8")).body, nested=nested):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports would bypass the checks"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def module(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def is_of(name: str, *packages: str) -> bool:
    return name.partition(".")[0] in packages


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: str(path.relative_to(APP)))
def test_app_module_imports_only_allowed_layers(path: Path) -> None:
    place, names = path.relative_to(APP).as_posix(), imported(path)
    if place.startswith("api/routes/"):
        assert not {name for name in names if is_of(name, "sqlmodel", "sqlalchemy")}, "SQL belongs in crud"
    elif not place.endswith("_commands.py") and not place.startswith("crud/"):
        assert not {name for name in names if f"{name}.".startswith("app.crud.")}, "only routes and commands use crud"
    if place.startswith(("crud/", "core/", "models", "transfer/")):
        assert not {name for name in names if name.startswith("app.api")}, "only routes import app.api"
        web = {name for name in names if is_of(name, "fastapi", "starlette") or name.startswith("backend_host.http")}
        assert not web, "only app.api imports HTTP"
    refused = {name for name in names if name.rpartition(".")[2] == "HTTPException"}
    assert not refused, "raise ApiError, which has a code"
    assert not ENVIRONMENT.search(path.read_text("utf-8")), "settings come from app.core.config"
    assert "tauri" not in path.read_text("utf-8").replace(settings.PROJECT_NAME, "").lower()


@pytest.mark.parametrize("path", sorted(HOST.rglob("*.py")), ids=lambda path: str(path.relative_to(HOST)))
def test_host_module_imports_only_lower_layers(path: Path) -> None:
    place, text, names = path.relative_to(HOST).as_posix(), path.read_text("utf-8"), imported(path)
    assert not {name for name in names if is_of(name, "app", "tests", "sqlmodel")}
    assert settings.PROJECT_NAME not in text
    if place != "launch/contract.py":
        assert "/api/" not in text, "paths for launchers are in launch/contract.py"
    if not place.startswith(("http/", "serving/")):
        assert not {name for name in names if is_of(name, "fastapi", "starlette", "uvicorn")}
    if not place.startswith("database/") and place not in {"http/error_handlers.py", "application.py"}:
        assert not {name for name in names if is_of(name, "sqlalchemy", "alembic")}
    if place != "settings/sources.py":
        assert not ENVIRONMENT.search(text), "settings/sources.py reads the environment"
    assert "tauri" not in text.lower()
    layer = HOST_LAYERS.index(place.partition("/")[0].removesuffix(".py"))
    above = HOST_LAYERS[layer + 1 :]
    outside = {name.split(".")[1] for name in imported(path, nested=False) if name.startswith("backend_host.")}
    assert not outside & set(above)


def test_imports_are_acyclic() -> None:
    paths = {module(path): path for package in (APP, HOST) for path in package.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in paths.items():
        found = {other for other in imported(path, nested=False) if other in paths}
        # `from package import module` depends on the module, not on the package.
        packages = {other.rpartition(".")[0] for other in found}
        graph[name] = {other for other in found if other not in packages} - {name}
    assert len(list(TopologicalSorter(graph).static_order())) == len(paths)


def test_folders_have_at_most_20_modules() -> None:
    for package in (APP, HOST):
        for folder in [package, *(path for path in package.rglob("*") if path.is_dir() and path.name != "__pycache__")]:
            assert len(list(folder.glob("*.py"))) <= 20, folder


def test_application_packages_match_pyproject() -> None:
    assert sorted({*application.packages, "backend_host"}) == sorted(PACKAGES)
