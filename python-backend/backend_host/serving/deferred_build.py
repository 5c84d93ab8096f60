"""FastAPI imported without the validators that only its OpenAPI document needs."""

import importlib
from importlib.util import find_spec

from pydantic import BaseModel


def import_fastapi() -> None:
    """Import FastAPI; pydantic builds what checks FastAPI's own models when they are first used, not now.

    They are the parts of an OpenAPI document, which few ask for: a twentieth of a start. The app's models are built at
    once: a mistake in one is a start that fails, not a request.
    """
    if find_spec("fastapi") is None:  # the app is another framework's
        return
    BaseModel.model_config["defer_build"] = True
    try:
        importlib.import_module("fastapi.openapi.models")
    finally:
        del BaseModel.model_config["defer_build"]
