"""Bring the database to this code's schema, or leave it exactly as it was."""

import logging
import re
import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from app.models import BackupReason
from backend_host.data.files import is_full, unusable
from backend_host.database import backup, postgres
from backend_host.errors import (
    DatabaseError,
    DatabaseNewerError,
    DataDirError,
    MigrationError,
    SchemaDiffersError,
    StartError,
    UnfinishedCopyError,
)
from backend_host.launch import progress
from backend_host.launch.command_line import restore_command

if TYPE_CHECKING:
    from alembic.config import Config

logger = logging.getLogger(__name__)

SQLITE_STEPS_A_SIGN = 1_000_000
"""Of SQLite's virtual machine, between two signs that a migration goes on: far below a second."""

UNFINISHED = "copying-"
"""What the revision begins with in a database that a copy is being made into."""
SCRIPTS = Path(__file__).parents[2] / "app" / "alembic"
_LINK = re.compile(r'^(revision|down_revision)\b[^=\n]*= *"([^"]*)"', re.MULTILINE)


@cache
def head_revision() -> str:
    """The newest revision in alembic/versions/, read without the cost of importing Alembic."""
    scripts = (path.read_text("utf-8") for path in (SCRIPTS / "versions").glob("*.py"))
    links: list[dict[str, str]] = [dict(_LINK.findall(script)) for script in scripts]
    (head,) = {link["revision"] for link in links} - {link.get("down_revision") for link in links}
    return head


def is_in_models(name: str | None, _type: str, _parents: object) -> bool:
    """Whether Alembic compares it with the models: what only SQLite has (search index, NOCASE) is in migrations alone."""
    return not (name or "").startswith(("item_search", "nocase_"))


def current_revision(connection: Connection) -> str | None:
    """The revision the database stands at; None for an empty one."""
    on_server = postgres.is_postgres(connection)
    # Not by to_regclass: PostgreSQL may remember that it was not there when another process has just made it.
    known = connection.exec_driver_sql(
        "SELECT 1 FROM pg_class WHERE relname = 'alembic_version' AND pg_table_is_visible(oid)"
        if on_server
        else "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    ).scalar()
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() if known else None
    return str(row[0]) if row else None


def upgrade(engine: Engine, *, allowed: bool = True) -> None:
    """Run the migrations that are missing, all or none, after a backup of a database that holds something.

    Raises DataDirError when the file can't be opened, DatabaseNewerError when it is ahead of this code,
    MigrationError when one fails, SchemaDiffersError when one would have to run that is not `allowed` to or that
    nobody has written yet,
    UnfinishedCopyError for half a copy; of a server's database, which has no file, UnreachableError.
    """
    on_server = postgres.is_postgres(engine)
    database = engine.url.database
    try:
        if database and not on_server:
            Path(database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with engine.connect() as connection:
            before = current_revision(connection)
            connection.rollback()
            if before == head_revision():
                if not allowed:
                    _refuse_missing_columns(connection)
                return
            _refuse_others(before, allowed)
            if on_server:
                _migrate_server(connection)
            else:
                _migrate(connection, before)
    except (OSError, DBAPIError) as error:
        if on_server and isinstance(error, DBAPIError):
            raise postgres.explain(error, engine) from error
        raise explain(error, database) from error


def _refuse_others(before: str | None, allowed: bool) -> None:
    if before and before.startswith(UNFINISHED):
        raise UnfinishedCopyError(
            "The database is an unfinished copy. Run `python -m app db copy` as before with --resume, or --replace."
        )
    if not allowed:
        raise SchemaDiffersError(
            f"The database is at revision {before}, this code wants {head_revision()}. Nothing was changed: "
            "two versions of the app never work on one database. Ask for the migration."
        )


def _refuse_missing_columns(connection: Connection) -> None:
    """Refuse edited models that no migration follows yet: every request would fail."""
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    missing = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if table.name not in tables or column.name not in {known["name"] for known in inspector.get_columns(table.name)}
    ]
    connection.rollback()
    if missing:
        raise SchemaDiffersError(
            f"The models declare {', '.join(missing)}, and no migration creates it. Nothing was changed. "
            'Write one: make migration NAME="what changes"'
        )


def explain(error: OSError | DBAPIError | sqlite3.Error, database: str | None) -> DatabaseError | DataDirError:
    """The same failure, in words that say what to do."""
    cause: Exception = getattr(error, "orig", None) or error
    text = str(cause)
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        kept = backup.files(Path(str(database)).parent / "backups")
        command = restore_command(Path(str(database)).parent, kept[0].name if kept else "FILE")
        return DatabaseError(
            f"{database} is damaged or no SQLite database: {text}. {'Restore the newest backup' if kept else 'Restore a backup'}"
            f": {command}\nWithout one: docs/backup-and-recovery.md says what else to try."
        )
    return unusable(f"The database {database} can't be used", cause)


def _migrate(connection: Connection, before: str | None) -> None:
    config = alembic_config(connection)
    if before is not None:
        _refuse_newer(config, before)
        progress.made("migrating")
        kept = backup.create(connection.engine, BackupReason.MIGRATION)
        logger.info("The database as it was is kept as %s", kept.name)
    # SQLite alters a table by rebuilding it, which foreign keys would forbid. The pragma is ignored in a transaction.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.rollback()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    sqlite: Any = connection.connection.driver_connection
    if before is not None:
        sqlite.set_progress_handler(lambda: progress.made("migrating"), SQLITE_STEPS_A_SIGN)
    try:
        _run_scripts(config, before)
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError(f"it leaves a row of table {broken[0]} that points nowhere")
        connection.commit()
    except Exception as error:
        connection.rollback()
        if is_full(error):
            raise
        logger.exception("A migration failed")
        raise MigrationError(
            f"Bringing the database up to date failed: {error}. It was left as it was. Report this with the log, "
            "or start the version that used it last."
        ) from error
    finally:
        if not connection.invalidated:
            sqlite.set_progress_handler(None, 0)
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _migrate_server(connection: Connection) -> None:
    """The same for any number of processes that start at once: one of them migrates, the others wait for it."""
    try:
        with postgres.migrating(connection):
            before = current_revision(connection)  # another may have been quicker
            config = alembic_config(connection)
            _refuse_newer(config, before)
            if before != head_revision():
                _run_scripts(config, before)
    except StartError, DBAPIError:
        raise
    except Exception as error:
        logger.exception("A migration failed")
        raise MigrationError(
            f"Bringing the database up to date failed: {error}. It was left as it was. Start the version before."
        ) from error


def _refuse_newer(config: Config, before: str | None) -> None:
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        if before is not None:
            ScriptDirectory.from_config(config).get_revision(before)
    except CommandError:
        raise DatabaseNewerError(
            f"The database is at revision {before}, which this version of the app doesn't know: "
            "a newer version wrote it. Nothing was changed. Start the newer version, or use another data dir."
        ) from None


def _run_scripts(config: Config, before: str | None) -> None:
    from alembic import command

    logger.info("Migrating the database from %s to %s", before or "empty", head_revision())
    command.upgrade(config, "head")


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for this app, working on `connection`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
