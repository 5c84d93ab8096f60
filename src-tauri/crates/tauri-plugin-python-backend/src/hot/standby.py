"""The standby process: import the libraries of the packages in the folder sys.argv[1], then wait for the order to run a version.

The packages themselves are not imported, because the order may name any version of them.
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
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import CodeType
from typing import Any

compiled: dict[bytes, CodeType] = {}
"""Code objects by source. An edit changes few files; compiling all others takes a third of a start."""


def precompile(source: Path) -> None:
    """Compile the modules of `source`, for the unchanged modules of the next version."""
    for path in source.rglob("*.py"):
        text = path.read_bytes()
        if text and "alembic" not in path.parts[len(source.parts) :]:
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
    own_packages = {path.stem for path in source.iterdir()}
    for path in source.rglob("*.py"):
        if "alembic" in path.parts[len(source.parts) :]:
            continue
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.Import):
                modules |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module)
    for name in sorted(modules):
        if name.partition(".")[0] not in own_packages:
            with contextlib.suppress(Exception):  # the app's own import reports the error
                importlib.import_module(name)


def exercise_database() -> None:
    """Run a query: SQLAlchemy defers work to the first one."""
    import sqlmodel

    with sqlmodel.Session(sqlmodel.create_engine("sqlite://")) as session:
        session.exec(sqlmodel.select(sqlmodel.literal(1))).one()


def exercise_api() -> None:
    """Handle a request: FastAPI and pydantic defer work to the first one."""
    import fastapi
    import pydantic

    class Body(pydantic.BaseModel):
        text: str | None = None

    app = fastapi.FastAPI()

    @app.put("/")
    def put(body: Body) -> Body:
        return body

    app.openapi()
    asyncio.run(send_request(app))


async def send_request(app: Callable[..., Awaitable[None]]) -> None:
    """Call the ASGI app with one request, as uvicorn does."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"{}"}

    async def send(_: dict[str, object]) -> None:
        pass

    scope = {"type": "http", "method": "PUT", "path": "/", "headers": [(b"content-type", b"application/json")]}
    rest = {"query_string": b"", "scheme": "http", "http_version": "1.1", "root_path": "", "server": ("127.0.0.1", 80)}
    await app(scope | rest, receive, send)


def read_order() -> dict[str, str]:
    """Read the line of JSON with the folders `source` and `origin`, and not a byte more: the app reads the rest of stdin."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        line += byte
    order: dict[str, str] = json.loads(line)
    return order


packages = Path(sys.argv.pop(1))
for step in (lambda: import_libraries(packages), exercise_database, exercise_api):  # an app need not have all libraries
    with contextlib.suppress(Exception):
        step()
with contextlib.suppress(Exception):
    precompile(packages)
    importlib.machinery.SourceFileLoader.source_to_code = source_to_code
gc.freeze()  # excludes these objects from garbage collection during the app's imports
order = read_order()
sys.argv[1:1] = [order["source"], order["origin"]]
