"""Probes of imports by name, and of code added after the build."""

import importlib

from .base import ProbeContext, expect, probe
from .children import probes_command, running_app


@probe
def import_by_name(_: ProbeContext) -> str:
    """Modules that no import statement names can be imported by name"""
    names = ("mailbox", "xmlrpc.server", "fastapi.middleware.gzip", "sqlalchemy.dialects.sqlite.pysqlcipher")
    for name in names:
        importlib.import_module(name)
    return ", ".join(names)


PLUGIN = """
from fastapi import APIRouter
from app.models import ItemCreate

router = APIRouter(tags=["probe"])


@router.get("/probe/plugin")
def plugin() -> ItemCreate:
    return ItemCreate(title="from a plug-in")
"""


@probe
def plugin_folder(context: ProbeContext) -> str:
    """A plugin in the data dir imports FastAPI and the app, and serves a route"""
    plugins = context.folder / "data" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "greeting_plugin.py").write_text(PLUGIN, "utf-8")
    with running_app([*probes_command(), "--serve"], context.folder / "data") as backend:
        answer = backend.get("/probe/plugin")
    expect(answer["title"] == "from a plug-in", f"the route returned {answer}")
    return "the route responds"
