"""What an app tells its host about itself. Everything that takes time to import is behind a function."""

from __future__ import annotations  # `make doctor` imports this on the machine's own, older Python

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from backend_host.database.database_file import DatabaseWatcher
    from backend_host.database.restore import Restore
    from backend_host.database.schema import Schema
    from backend_host.settings.base import HostSettings


@dataclass(frozen=True)
class Flag:
    """A command-line flag that sets a setting."""

    help: str
    metavar: str | None = None
    """What stands for the value in the help; None: the flag takes none and means true."""


@dataclass(frozen=True)
class Command:
    """A subcommand, run in place of the server."""

    help: str
    run: Callable[[argparse.Namespace], str]
    """Returns the text to print. Raises CommandError or StartError."""
    add_arguments: Callable[[argparse.ArgumentParser], object] = lambda _parser: None
    group: str | None = None
    """The word before it, as in `users reset-password`."""


@dataclass(frozen=True)
class Database:
    """An app's database, for the host's commands and its shutdown."""

    engine: Engine
    schema: Schema
    restore: Restore
    watcher: DatabaseWatcher | None = None
    """None for PostgreSQL."""


@dataclass(frozen=True)
class Application:
    """An ASGI app and what its host needs to run it."""

    asgi: str
    """`module:attribute`, imported once the process is about to serve."""
    program: str
    """What follows `python -m`, in the command that runs it and in messages that name that command."""
    packages: tuple[str, ...]
    """Top-level packages and modules of the app's own code, which the code digest covers together with the host."""
    settings_class: Callable[[], type[HostSettings]]
    settings: Callable[[], HostSettings]
    """Loads the settings once. Raises ConfigError, DataDirError."""
    flags: Mapping[str, Flag] = field(default_factory=dict)
    """The app's own, by setting, besides the host's."""
    commands: Mapping[str, Command] = field(default_factory=dict)
    """The app's own, by name, besides the host's."""
    database: Callable[[], Database] | None = None
    """None: the app has none that the host knows."""
    prepare: Callable[[], object] = lambda: None
    """Called before the socket is bound, to migrate and to check what would make every request fail. Raises StartError."""
    includes_middleware: bool = False
    """Whether the app installs `host_middleware` itself; otherwise the host wraps the app in it."""

    def schema_revision(self) -> str:
        """The newest migration; empty without a database."""
        return self.database().schema.head_revision if self.database else ""

    def code_digest(self) -> str:
        """Identifies the code that this process runs."""
        from backend_host.launch.digest import code_digest

        return code_digest(self.packages)

    def load(self) -> Any:
        """Import the ASGI app. Raises ImportError, also for an attribute that is missing."""
        import importlib

        module, _, attribute = self.asgi.partition(":")
        loaded = importlib.import_module(module)
        try:
            return getattr(loaded, attribute or "app")
        except AttributeError:
            raise ImportError(f"module {module!r} has no attribute {attribute or 'app'!r}") from None
