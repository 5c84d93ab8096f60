"""Import what the packages in the folder sys.argv[1] import from elsewhere, and wait for the order to run some version of them.

Nothing of the app itself is imported before that: it may be any version of it.
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
"""By source. An edit changes few files: the others need not be compiled again, which takes a third of a start."""


def precompile(source: Path) -> None:
    """Compile the modules of `source`, for those of the next version that are the same."""
    for path in source.rglob("*.py"):
        text = path.read_bytes()
        if text and "alembic" not in path.parts[len(source.parts) :]:
            with contextlib.suppress(SyntaxError, ValueError):
                compiled[text] = compile(text, str(path), "exec", dont_inherit=True)


compile_module = importlib.machinery.SourceFileLoader.source_to_code


def source_to_code(self: importlib.machinery.SourceFileLoader, data: Any, path: Any, *more: Any, **named: Any) -> Any:
    """As importlib's own. The code names the file it is loaded from, as code from a .pyc does."""
    code = compiled.pop(data, None) if isinstance(data, bytes) else None
    if code is None:
        return compile_module(self, data, path, *more, **named)
    _imp._fix_co_filename(code, str(path))
    return code


def warm(source: Path) -> None:
    wanted = {
        "uvicorn.lifespan.on",
        "uvicorn.loops.asyncio",
        "uvicorn.protocols.http.h11_impl",
        "sqlalchemy.dialects.sqlite",
    }
    own = {path.stem for path in source.iterdir()}
    for path in source.rglob("*.py"):
        if "alembic" in path.parts[len(source.parts) :]:
            continue
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.Import):
                wanted |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                wanted.add(node.module)
    for name in sorted(wanted):
        if name.partition(".")[0] not in own:
            with contextlib.suppress(Exception):  # whoever needs it will say what is wrong with it
                importlib.import_module(name)


def exercise_database() -> None:
    """What SQLAlchemy defers to its first query."""
    import sqlmodel

    with sqlmodel.Session(sqlmodel.create_engine("sqlite://")) as session:
        session.exec(sqlmodel.select(sqlmodel.literal(1))).one()


def exercise_api() -> None:
    """What FastAPI and pydantic defer to the first request."""
    import fastapi
    import pydantic

    class Body(pydantic.BaseModel):
        text: str | None = None

    app = fastapi.FastAPI()

    @app.put("/")
    def put(body: Body) -> Body:
        return body

    app.openapi()
    asyncio.run(ask(app))


async def ask(app: Callable[..., Awaitable[None]]) -> None:
    """One request, as uvicorn would pass it on."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"{}"}

    async def send(_: dict[str, object]) -> None:
        pass

    request = {"type": "http", "method": "PUT", "path": "/", "headers": [(b"content-type", b"application/json")]}
    rest = {"query_string": b"", "scheme": "http", "http_version": "1.1", "root_path": "", "server": ("127.0.0.1", 80)}
    await app(request | rest, receive, send)


def order() -> dict[str, str]:
    """The one line that names the source. Not a byte more is read: what follows is for the app."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        line += byte
    given: dict[str, str] = json.loads(line)
    return given


running = Path(sys.argv.pop(1))
for step in (lambda: warm(running), exercise_database, exercise_api):  # an app need not have all libraries
    with contextlib.suppress(Exception):
        step()
with contextlib.suppress(Exception):
    precompile(running)
    importlib.machinery.SourceFileLoader.source_to_code = source_to_code
gc.freeze()  # the collector need not look through all that again while the app is imported
given = order()
sys.argv[1:1] = [given["source"], given["origin"]]
