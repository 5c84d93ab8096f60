"""Imports FastAPI without building the validators of its OpenAPI models."""

import importlib
from importlib.util import find_spec

from pydantic import BaseModel


def import_fastapi() -> None:
    """Import FastAPI with `defer_build` for FastAPI's models; does nothing if FastAPI is not installed.

    FastAPI's models describe an OpenAPI document; building their validators takes 5 % of the start-up time. The app's
    models are built immediately, so that an invalid model fails the start and not a request.
    """
    if find_spec("fastapi") is None:
        return
    BaseModel.model_config["defer_build"] = True
    try:
        importlib.import_module("fastapi.openapi.models")
    finally:
        del BaseModel.model_config["defer_build"]
