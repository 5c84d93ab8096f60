"""The standby process: import what the next version needs, then wait for the command to run it.

Arguments: source folder of the running version, its checkout folder. The libraries and the host package are imported; the app's
packages are not, because the command may select any version of them. The shell selects only versions with the same host package.
The shell runs this source after source_paths.py.
"""

import _imp
import ast
import asyncio
import contextlib
import gc
import importlib
import importlib.machinery
import json
import os
import runpy  # noqa: F401 (for run.py)
import sys
from pathlib import Path
from types import CodeType
from typing import Any

HOST_PACKAGE = "backend_host"
compiled: dict[bytes, CodeType] = {}
"""Code objects by source. An edit changes few files, and compiling the other files takes a third of a start."""


def precompile(source: Path) -> None:
    """Compile the modules of the packages in `source`, for the unchanged modules of the next version."""
    for path in source.rglob("*.py"):
        text = path.read_bytes()
        if text and not {HOST_PACKAGE, "alembic"} & set(path.parts[len(source.parts) :]):
            with contextlib.suppress(SyntaxError, ValueError):
                compiled[text] = compile(text, str(path), "exec", dont_inherit=True)


compile_module = importlib.machinery.SourceFileLoader.source_to_code


def source_to_code(self: importlib.machinery.SourceFileLoader, data: Any, path: Any, *more: Any, **named: Any) -> Any:
    """Return precompiled code, with the file name that it is loaded from (as importlib does for .pyc files), or compile it."""
    code = compiled.pop(data, None) if isinstance(data, bytes) else None
    if code is None:
        return compile_module(self, data, path, *more, **named)
    _imp._fix_co_filename(code, str(path))
    return code


def import_libraries(source: Path) -> None:
    """Import the modules that the packages in `source` import from elsewhere, and those that uvicorn and SQLAlchemy load late."""
    modules = {
        "uvicorn.lifespan.on",
        "uvicorn.loops.asyncio",
        "uvicorn.protocols.http.h11_impl",
        "sqlalchemy.dialects.sqlite",
    }
    app_packages = {path.stem for path in source.iterdir()}
    for path in source.rglob("*.py"):
        if "alembic" in path.parts[len(source.parts) :]:
            continue
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.Import):
                modules |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module)
    for name in sorted(modules):
        if name.partition(".")[0] not in app_packages:
            with contextlib.suppress(Exception):  # the import by the app reports the error
                importlib.import_module(name)


def import_host(source: Path) -> None:
    """Import the modules of the host package. They read no settings, files or environment variables when imported."""
    sys.path.insert(0, str(source))
    for path in sorted(source.glob(f"{HOST_PACKAGE}/**/*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        if path.name != "__main__.py":
            with contextlib.suppress(Exception):  # some require another system or a server's libraries
                importlib.import_module(name)
    sys.path.remove(str(source))


def relocate_host(old: str, new: str) -> None:
    """Change the paths of modules imported from folder `old` to folder `new`, which has the same host package."""
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        if spec is None or not (spec.origin or "").startswith(old + os.sep):
            continue
        spec.origin = spec.loader.path = module.__file__ = new + spec.origin.removeprefix(old)
        spec.cached = None  # computed from the origin
        if spec.submodule_search_locations is not None:  # also the module's __path__
            spec.submodule_search_locations[:] = [os.path.dirname(spec.origin)]


def warm_up_database() -> None:
    """Define a table and query it: SQLAlchemy defers work to the first one."""
    import sqlmodel

    class Base(sqlmodel.SQLModel, registry=sqlmodel.main.registry()):
        """Base class with metadata separate from the app's tables."""

    class Row(Base, table=True):
        id: int | None = sqlmodel.Field(default=None, primary_key=True)
        text: str = sqlmodel.Field(default="", max_length=5)

    engine = sqlmodel.create_engine("sqlite://")
    Row.metadata.create_all(engine)
    with sqlmodel.Session(engine) as session:
        session.add(Row())
        session.commit()
        session.exec(sqlmodel.select(Row).where(Row.text == "")).one()
        session.get(Row, 2)


def warm_up_api() -> None:
    """Handle a request: FastAPI and pydantic defer work to the first one."""
    import fastapi
    import pydantic

    class Body(pydantic.BaseModel):
        text: str | None = None
        email: pydantic.EmailStr | None = None

    app = fastapi.FastAPI()

    @app.put("/")
    def put(body: Body) -> Body:
        return body

    app.openapi()
    asyncio.run(send_request(app))


async def send_request(app: Any) -> None:
    """Start the FastAPI app and call it with one request, as uvicorn does."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"{}"}

    async def send(_: dict[str, object]) -> None:
        pass

    scope = {"type": "http", "method": "PUT", "path": "/", "headers": [(b"content-type", b"application/json")]}
    rest = {"query_string": b"", "scheme": "http", "http_version": "1.1", "root_path": "", "server": ("127.0.0.1", 80)}
    async with app.router.lifespan_context(app):
        await app(scope | rest, receive, send)


def read_command() -> dict[str, str]:
    """Read a line of JSON with the folders `source` and `origin`. Does not read ahead: the app reads the rest of stdin."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        line += byte
    command: dict[str, str] = json.loads(line)
    return command


running, checkout = sys.argv.pop(1), sys.argv.pop(1)
checkout_by_source[running] = checkout  # noqa: F821 (source_paths.py)
packages = Path(running)
# The app may lack some of these libraries.
for step in (lambda: import_libraries(packages), warm_up_database, warm_up_api, lambda: import_host(packages)):
    with contextlib.suppress(Exception):
        step()
with contextlib.suppress(Exception):
    precompile(packages)
    importlib.machinery.SourceFileLoader.source_to_code = source_to_code
gc.collect()
gc.freeze()  # excludes these objects from garbage collection during the app's imports
command = read_command()
relocate_host(running, command["source"])
sys.argv[1:1] = [command["source"], command["origin"]]
