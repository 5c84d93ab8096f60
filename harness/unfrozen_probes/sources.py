"""Probes of source files: inspection, tracebacks, edits and paths."""

import inspect
import json
import os
import re
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .base import ProbeContext, expect, probe
from .children import probes_command, python_command, run, running_app

RUN_SOURCE = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('app', run_name='__main__', alter_sys=True)"
)
"""Code of the launch contract that runs the app from another source folder."""


@probe
def source_of_the_app(_: ProbeContext) -> str:
    """`inspect.getsource` of the app"""
    from app.api.routes.utils import health_check

    lines = inspect.getsource(health_check)
    expect("async def health_check()" in lines, "the source is wrong")
    return f"{len(lines.splitlines())} lines of a route"


@probe
def source_of_packages(_: ProbeContext) -> str:
    """`inspect.getsource` of packages and of the standard library"""
    import fastapi

    expect("class FastAPI" in inspect.getsource(fastapi.FastAPI), "FastAPI's source is wrong")
    expect("def dumps" in inspect.getsource(json.dumps), "json's source is wrong")
    return "FastAPI's class, json.dumps"


@probe
def traceback_of_the_app(_: ProbeContext) -> str:
    """Tracebacks show the app's source lines"""
    from backend_host.settings.base import url_host

    wrong: Any = None
    return check_source_lines(lambda: url_host(wrong))


@probe
def traceback_of_packages(_: ProbeContext) -> str:
    """Tracebacks show the source lines of packages and of the standard library"""
    from sqlalchemy import create_engine

    return f"{check_source_lines(lambda: create_engine('no-such-database://'))}; {check_source_lines(lambda: json.loads('{'))}"


def check_source_lines(fail: Callable[[], object]) -> str:
    """Call `fail` and count the frames of its traceback outside this file. Raises ProbeError if a frame has no source line."""
    try:
        fail()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[2:]
    for frame in frames:
        expect(frame.line, f"{Path(frame.filename).name}, line {frame.lineno}: no source line")
    expect(frames, "the traceback contains only the probe's code")
    return f"{len(frames)} frames with source lines"


@probe
def edit_takes_effect(context: ProbeContext) -> str:
    """An edit of a .py file takes effect at the next start, without a build"""
    import app

    copy = context.folder / "source"
    shutil.copytree(Path(app.__file__).parent, copy / "app", ignore=shutil.ignore_patterns("__pycache__"))
    edited = copy / "app" / "core" / "settings.py"
    text = edited.read_text("utf-8")
    changed = re.sub(r'(PROJECT_NAME: str = )".*"', r'\1"Edited a moment ago"', text)
    expect(changed != text, "PROJECT_NAME not found in settings.py")
    edited.write_text(changed, "utf-8")
    with running_app(python_command("-c", RUN_SOURCE, str(copy)), context.folder / "data") as backend:
        described = backend.get("/api/v1/openapi.json")["info"]["title"]
    expect(described == "Edited a moment ago", f"the title is still {described!r}")
    return "the app returns the edited title"


@probe
def paths_exist_and_are_stable(_: ProbeContext) -> str:
    """`sys.prefix`, `sys.executable` and `__file__` exist, and `sys.prefix` is the same at every start"""
    import fastapi

    import app

    again = run([*probes_command(), "--print", "prefix"]).strip()
    problems = [
        *(
            f"`{m.__name__}.__file__` is not on disk"
            for m in (app, fastapi, os)
            if not Path(m.__file__ or "").is_file()
        ),
        *(["`sys.executable` is not a file"] if not Path(sys.executable).is_file() else []),
        *(["the standard library is not in `sys.prefix`"] if not Path(os.__file__).is_relative_to(sys.prefix) else []),
        *(["`sys.prefix` changes with every start"] if again != sys.prefix else []),
    ]
    expect(not problems, "; ".join(problems))
    return "files exist; another process has the same prefix"
