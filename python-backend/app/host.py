"""The `Application` that the host runs. Functions import slow modules on the first call."""

import argparse
from typing import TYPE_CHECKING

from backend_host import Application, Command, Database, Flag

if TYPE_CHECKING:
    from app.core.settings import Settings


def _settings_class() -> type[Settings]:
    from app.core.settings import Settings

    return Settings


def _settings() -> Settings:
    from app.core.config import settings

    return settings


def database() -> Database:
    """Return the app's database."""
    from app.core import db, restore
    from app.core.schema import schema

    return Database(db.engine, schema, restore.restorer, db.watcher)


def _prepare() -> None:
    from app.core.prepare import prepare

    prepare()


def _reset_password(arguments: argparse.Namespace) -> str:
    from app import account_commands

    return account_commands.reset_password(arguments.email)


def _add_email(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "email",
        metavar="EMAIL",
        help="email of the account. The command prompts for the password, or reads it from stdin",
    )


application = Application(
    asgi="app.main:app",
    program="app",
    packages=("app",),
    settings_class=_settings_class,
    settings=_settings,
    flags={"AUTH_REQUIRED": Flag("require a login; otherwise all requests act as the default user, a superuser")},
    commands={
        "reset-password": Command("set a new password for an account", _reset_password, _add_email, group="users")
    },
    database=database,
    prepare=_prepare,
    includes_middleware=True,
)
