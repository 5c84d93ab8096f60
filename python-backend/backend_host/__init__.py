"""Runs an ASGI app as the backend of a desktop app or as a server: `python -m backend_host module:app`.

An app with its own settings, commands or database passes an `Application` to `run` (README.md).
"""

from backend_host.application import Application, Command, Database, Flag
from backend_host.run import run

__version__ = "0.1.0"

__all__ = ["Application", "Command", "Database", "Flag", "__version__", "run"]
