"""The command line. Flags override the environment variables of the same settings."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backend_host.application import Application, Command, Database, Flag

parsed: dict[str, str] = {}
"""Values from the command line, by setting name. `parse` fills it before the settings are loaded."""

HOST_FLAGS: Mapping[str, Flag] = {
    "DATA_DIR": Flag("folder of the database, config.json, logs/ and secret_key", "PATH"),
    "HOST": Flag("address to listen on", "ADDRESS"),
    "PORT": Flag("TCP port; 0 lets the system choose", "NUMBER"),
    "LISTEN_FD": Flag("inherited listening socket, used instead of host and port", "NUMBER"),
    "LOG_LEVEL": Flag("critical, error, warning, info or debug", "LEVEL"),
    "WORKERS": Flag("number of worker processes; more than one requires DATABASE_URL", "NUMBER"),
    "STATIC_DIR": Flag("built user interface to serve at /", "PATH"),
}
_HELP = {"-h", "--he", "--hel", "--help"}
"""`--help` with the abbreviations that argparse accepts."""


def parse(argv: Sequence[str], application: Application) -> argparse.Namespace:
    """Parse `argv` (without the program name) into `parsed`. Exits with status 2 on an unknown or empty flag.

    Returns a namespace with `command` (the Command to run, None to serve) and the arguments of that command.
    """
    shared = _flag_parser(application, with_defaults=bool(_HELP & set(argv)))
    parser = argparse.ArgumentParser(
        prog=f"python -m {application.program}",
        parents=[shared],
        description="Serve the backend. Precedence: flag, environment variable of the same name, config.json, default.",
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="instead of serving")
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for name, command in {
        **application.commands,
        **(_database_commands(application.database) if application.database else {}),
    }.items():
        subparsers = commands
        if command.group:
            if command.group not in groups:
                group = commands.add_parser(command.group, help=f"{command.group} commands")
                groups[command.group] = group.add_subparsers(required=True, metavar="ACTION")
            subparsers = groups[command.group]
        subparser = subparsers.add_parser(name, parents=[shared], help=command.help)
        subparser.set_defaults(command=command)
        command.add_arguments(subparser)
    arguments = parser.parse_args(argv)
    parsed.update({name: value for name, value in vars(arguments).items() if name.isupper()})
    return arguments


def _flag_parser(application: Application, *, with_defaults: bool) -> argparse.ArgumentParser:
    defaults = _defaults(application) if with_defaults else {}
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    for name, flag in {**HOST_FLAGS, **application.flags}.items():
        option = "--" + name.lower().replace("_", "-")
        if flag.metavar is None:
            parser.add_argument(option, dest=name, action="store_const", const="true", help=flag.help)
            continue
        default = f" (default: {defaults[name]})" if name in defaults else ""
        parser.add_argument(option, dest=name, type=_not_empty, metavar=flag.metavar, help=flag.help + default)
    return parser


def _not_empty(value: str) -> str:
    if not value:  # a script's variable that is not set
        raise argparse.ArgumentTypeError("the value is empty")
    return value


def _defaults(application: Application) -> dict[str, object]:
    """Return the default of each setting that has one. For `--help` only: settings import most dependencies."""
    fields = application.settings_class().model_fields
    return {name: field.default for name, field in fields.items() if field.default is not None}


def _database_commands(database: Callable[[], Database]) -> Mapping[str, Command]:
    """Return the host's database commands. `database` is called when a command runs."""

    def backup(_arguments: argparse.Namespace) -> str:
        from backend_host.database import commands

        return commands.backup(database())

    def restore(arguments: argparse.Namespace) -> str:
        from backend_host.database import commands

        return commands.restore(database(), arguments.file)

    def copy(arguments: argparse.Namespace) -> str:
        from backend_host.database import commands

        return commands.copy(database(), arguments.to, resume=arguments.resume, replace=arguments.replace)

    def add_file(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the backup")

    def add_target(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--to", required=True, metavar="URL", help="postgresql+psycopg://…, or sqlite:/// and a path"
        )
        existing_rows = parser.add_mutually_exclusive_group()
        existing_rows.add_argument("--resume", action="store_true", default=False, help="resume an interrupted copy")
        existing_rows.add_argument(
            "--replace", action="store_true", default=False, help="delete the target's content first"
        )

    return {
        "backup": Command("copy the database into backups/ of the data dir", backup),
        "restore": Command("replace the database by a backup, after backing it up", restore, add_file),
        "copy": Command("copy the database into another one", copy, add_target, group="db"),
    }
