"""A process that has imported what the app at sys.argv[1] imports from elsewhere, and waits to be told which code to run.

Nothing of the app itself is imported before that: it may be any version of it.
"""

import ast
import contextlib
import gc
import importlib
import json
import os
import sys
from pathlib import Path


def warm(source: Path) -> None:
    wanted = {
        "uvicorn.lifespan.on",
        "uvicorn.loops.asyncio",
        "uvicorn.protocols.http.h11_impl",
        "sqlalchemy.dialects.sqlite",
    }
    for path in source.rglob("*.py"):
        if "alembic" in path.parts[len(source.parts) :]:
            continue
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.Import):
                wanted |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                wanted.add(node.module)
    for name in sorted(wanted):
        if name.partition(".")[0] != "app":
            with contextlib.suppress(Exception):  # whoever needs it will say what is wrong with it
                importlib.import_module(name)


def exercise() -> None:
    """What the libraries leave until they are first used."""
    import fastapi
    import pydantic

    class Body(pydantic.BaseModel):
        text: str | None = None

    app = fastapi.FastAPI()

    @app.put("/")
    def put(body: Body) -> Body:
        return body

    app.openapi()


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
    warm(Path(sys.argv.pop(1), "app"))
    exercise()
gc.freeze()  # the collector need not look through all that again while the app is imported
sys.argv.insert(1, order()["source"])
