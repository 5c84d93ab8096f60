"""A process that has imported what the app at sys.argv[1] imports from elsewhere, and waits to be told which code to run.

Nothing of the app itself is imported before that: it may be any version of it.
"""

import ast
import asyncio
import contextlib
import gc
import importlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path


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


def exercise() -> None:
    """What the libraries leave until they are first used."""
    import fastapi
    import pydantic
    import sqlmodel
    from sqlalchemy.pool import StaticPool

    engine = sqlmodel.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    class Body(pydantic.BaseModel):
        text: str | None = None

    app = fastapi.FastAPI()

    @app.put("/")
    def put(body: Body) -> Body:
        with sqlmodel.Session(engine) as session:
            session.exec(sqlmodel.select(sqlmodel.literal(1))).one()
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


with contextlib.suppress(Exception):
    warm(Path(sys.argv.pop(1)))
    exercise()
gc.freeze()  # the collector need not look through all that again while the app is imported
sys.argv.insert(1, order()["source"])
