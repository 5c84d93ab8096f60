"""The rooms of the backend, held by their imports: routes -> crud -> models; only config reads the environment."""

import ast
from pathlib import Path

import pytest

from app.core.config import settings

APP = Path(__file__).resolve().parents[1] / "app"


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: str(path.relative_to(APP)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    place, names = path.relative_to(APP).as_posix(), imported(path)
    if place.startswith("api/routes/"):
        assert not {name for name in names if name.startswith(("sqlmodel", "sqlalchemy"))}, "SQL belongs in crud"
    elif not place.endswith("_commands.py") and not place.startswith("crud/"):
        assert "app.crud" not in names, "only routes and commands use crud"
    if place.startswith(("crud/", "core/")):
        assert not {name for name in names if name.startswith("app.api")}, "crud and core know nothing of routes"
        assert "fastapi" not in names, "crud and core know nothing of HTTP"
    if place not in {"api/errors.py", "backend_host/http/body_limit.py"}:
        refused = {name for name in names if name.rpartition(".")[2] == "HTTPException"}
        assert not refused, "raise app.api.errors.ApiError, which has a code"
    if place != "core/config.py":
        assert "environ" not in path.read_text("utf-8"), "settings come from core/config.py"
    assert "tauri" not in path.read_text("utf-8").replace(settings.PROJECT_NAME, "").lower()
