"""Command-line flags. They say the same as the variables and win over them; `app.core.config` puts the two together."""

import argparse
from collections.abc import Sequence
from pathlib import Path

given: dict[str, str] = {}
"""Settings named on the command line, by the setting's name. Filled by `parse` before `app.core.config` is imported."""

_FLAGS = {
    "DATA_DIR": ("PATH", "folder of app.db, config.json, logs/ and secret_key"),
    "HOST": ("ADDRESS", "address to listen on"),
    "PORT": ("NUMBER", "TCP port; 0 lets the system choose"),
    "LISTEN_FD": ("NUMBER", "inherited listening socket, used instead of host and port"),
    "LOG_LEVEL": ("LEVEL", "critical, error, warning, info or debug"),
    "WORKERS": ("NUMBER", "processes that serve, with a DATABASE_URL"),
    "STATIC_DIR": ("PATH", "built user interface to serve at /"),
}
_HELP = {"-h", "--he", "--hel", "--help"}
"""Argparse takes the beginning of a word for it, where it can be no other."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read `argv` (without the program's name) into `given`; ends the process with status 2 on an unknown flag.

    Gives `command` (None: serve), for `users` also `action` and `email`, `file` (None but for `restore`), and for `db`
    also `action`, `to`, `resume` and `replace`.
    """
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    defaults = _defaults() if _HELP & set(argv) else {}
    for name, (metavar, text) in _FLAGS.items():
        default = f" (default: {defaults[name]})" if name in defaults else ""
        shared.add_argument("--" + name.lower().replace("_", "-"), dest=name, metavar=metavar, help=text + default)
    shared.add_argument(
        "--auth-required",
        dest="AUTH_REQUIRED",
        action="store_const",
        const="true",
        help="ask for a login; without one everything belongs to the default user",
    )
    parser = argparse.ArgumentParser(
        prog="python -m app",
        parents=[shared],
        description="Serve the backend. Order: flag, variable of the same name, config.json, default.",
    )
    commands = parser.add_subparsers(dest="command", title="instead of serving")
    users = commands.add_parser("users", help="look after accounts").add_subparsers(dest="action", required=True)
    reset = users.add_parser("reset-password", parents=[shared], help="give an account a new password")
    reset.add_argument("email", metavar="EMAIL", help="the account; the password is asked for, or read from stdin")
    commands.add_parser("backup", parents=[shared], help="copy the database into backups/ of the data dir")
    restore = commands.add_parser("restore", parents=[shared], help="replace the database by a backup, kept beforehand")
    restore.add_argument("file", type=Path, metavar="FILE", help="the backup")
    database = commands.add_parser("db", help="look after the database").add_subparsers(dest="action", required=True)
    copy = database.add_parser("copy", parents=[shared], help="copy everything in the database into another one")
    copy.add_argument("--to", required=True, metavar="URL", help="postgresql+psycopg://…, or sqlite:/// and a path")
    already = copy.add_mutually_exclusive_group()
    already.add_argument("--resume", action="store_true", default=False, help="go on with a copy that was interrupted")
    already.add_argument("--replace", action="store_true", default=False, help="delete what the target holds first")
    asked = parser.parse_args(argv, argparse.Namespace(file=None))
    given.update({name: value for name, value in vars(asked).items() if name.isupper()})
    return asked


def _defaults() -> dict[str, object]:
    """Of the settings that have one. No start waits for them: they come with most of what the app imports."""
    from app.core.settings import Settings

    return {name: field.default for name, field in Settings.model_fields.items() if field.default is not None}
