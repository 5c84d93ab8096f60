"""The app's description for its host. Slow imports are behind functions."""

from __future__ import annotations  # `make doctor` imports this on the system Python, which may be older

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
    """Placeholder of the value in `--help`. None: a switch without a value, which sets the setting to true."""


@dataclass(frozen=True)
class Command:
    """A subcommand, which runs instead of the server."""

    help: str
    run: Callable[[argparse.Namespace], str]
    """Returns the text to print. Raises CommandError or StartError."""
    add_arguments: Callable[[argparse.ArgumentParser], object] = lambda _parser: None
    group: str | None = None
    """Parent command, such as `users` in `users reset-password`."""


@dataclass(frozen=True)
class Database:
    """An app's database, which the host's commands, backup routes and diagnostics use."""

    engine: Engine
    schema: Schema
    restore: Restore
    watcher: DatabaseWatcher | None = None
    """Detects a deleted or replaced SQLite file. None for PostgreSQL."""


@dataclass(frozen=True)
class Application:
    """An ASGI app and everything the host needs to run it."""

    asgi: str
    """`module:attribute` of the ASGI app, imported after `prepare`."""
    program: str
    """The arguments of `python -m` that run the app, shown in `--help` and in messages."""
    packages: tuple[str, ...]
    """The app's top-level packages and modules. The code digest covers them and the host."""
    settings_class: Callable[[], type[HostSettings]]
    settings: Callable[[], HostSettings]
    """Returns the settings of this process. Raises ConfigError, DataDirError."""
    flags: Mapping[str, Flag] = field(default_factory=dict)
    """The app's command-line flags, by setting name, in addition to the host's."""
    commands: Mapping[str, Command] = field(default_factory=dict)
    """The app's subcommands, by name, in addition to the host's."""
    database: Callable[[], Database] | None = None
    """Returns the app's database. None: no backups, migrations or database commands."""
    prepare: Callable[[], object] = lambda: None
    """Called before the socket is bound: runs migrations and start-up checks. Raises StartError."""
    includes_middleware: bool = False
    """Whether the app installs `host_middleware` itself. If not, the host wraps the app in it."""

    def schema_revision(self) -> str:
        """Return the newest migration's revision; empty without a database."""
        return self.database().schema.head_revision if self.database else ""

    def code_digest(self) -> str:
        """Return the digest of the source code that this process runs."""
        from backend_host.launch.digest import code_digest

        return code_digest(self.packages)

    def load(self) -> Any:
        """Import and return the ASGI app. Raises ImportError for a missing module or attribute."""
        import importlib

        module, _, attribute = self.asgi.partition(":")
        loaded = importlib.import_module(module)
        try:
            return getattr(loaded, attribute or "app")
        except AttributeError:
            raise ImportError(f"module {module!r} has no attribute {attribute or 'app'!r}") from None
