"""An app's database schema, and the runner of its Alembic migrations."""

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, MetaData, inspect
from sqlalchemy.exc import DBAPIError

from backend_host.data.files import data_dir_error, is_disk_full
from backend_host.data.names import BACKUPS_DIR
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
from backend_host.launch.restore_command import restore_command

if TYPE_CHECKING:
    from alembic.config import Config

logger = logging.getLogger(__name__)

SQLITE_STEPS_PER_REPORT = 1_000_000
"""Instructions of SQLite's virtual machine between two progress reports of a migration: less than a second."""

UNFINISHED_PREFIX = "copying-"
"""Prefix of the revision in a database that is the target of an unfinished copy."""
_REVISION_FIELDS = re.compile(r'^(revision|down_revision)\b[^=\n]*= *"([^"]*)"', re.MULTILINE)


@dataclass(frozen=True)
class Schema:
    """The tables and migrations of an app."""

    migrations: Path
    """Alembic's script location: the folder with env.py and versions/."""
    metadata: MetaData
    """The models' tables."""
    program: str
    """The arguments of `python -m` in commands shown to users."""
    include_name: Callable[[str | None, str, Any], bool] = lambda _name, _kind, _parents: True
    """`include_name` of Alembic's `EnvironmentContext.configure`: whether autogenerate compares a table or index."""

    @cached_property
    def head_revision(self) -> str:
        """The newest migration's revision, read without importing Alembic; empty if there are no migrations."""
        scripts = (path.read_text("utf-8") for path in (self.migrations / "versions").glob("*.py"))
        links: list[dict[str, str]] = [dict(_REVISION_FIELDS.findall(script)) for script in scripts]
        heads = {link["revision"] for link in links} - {link.get("down_revision") for link in links}
        if not heads:
            return ""
        (head,) = heads
        return head

    def alembic_config(self, connection: Connection | None = None) -> Config:
        """Return Alembic's configuration, with `connection` in its attributes."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(self.migrations).replace("%", "%%"))
        config.attributes["connection"] = connection
        return config

    def upgrade(self, engine: Engine, *, migrate: bool = True) -> None:
        """Run the pending migrations in one transaction, after a backup of an existing SQLite database.

        `migrate=False` only checks the revision. Raises DataDirError if the file can't be opened, DatabaseNewerError if
        its revision is unknown, MigrationError if a migration fails, UnfinishedCopyError for an unfinished copy, and
        DatabaseUnreachableError if PostgreSQL can't be reached. With `migrate=False`, raises SchemaDiffersError if
        migrations are pending or the models have columns without a migration.
        """
        on_server = postgres.is_postgres(engine)
        database = engine.url.database
        with self.converted_errors(engine):
            if database and not on_server:
                Path(database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with engine.connect() as connection:
                revision = current_revision(connection)
                connection.rollback()
                if revision == self.head_revision:
                    if not migrate:
                        self._reject_missing_columns(connection)
                    return
                self._require_migratable(revision, migrate)
                if on_server:
                    self._migrate_postgres(connection)
                else:
                    self._migrate(connection, revision)

    @contextmanager
    def converted_errors(self, engine: Engine) -> Iterator[None]:
        """Convert errors of `engine`'s database in the block to a StartError, also of a damaged value (DamagedValueError)."""
        try:
            yield
        except (OSError, DBAPIError, sqlite3.Error) as error:
            raise self.to_start_error(error, engine) from error

    def to_start_error(self, error: OSError | DBAPIError | sqlite3.Error, engine: Engine) -> StartError:
        """Convert an error of `engine`'s database to a StartError with a message for the user."""
        if isinstance(error, DBAPIError) and postgres.is_postgres(engine):
            return postgres.to_start_error(error, engine)
        return self.sqlite_start_error(error, str(engine.url.database))

    def sqlite_start_error(self, error: Exception, database: str) -> DatabaseError | DataDirError:
        """Convert an error of a SQLite database file to a StartError with a message for the user."""
        cause: Exception = getattr(error, "orig", None) or error
        text = str(cause)
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            backups = backup.list_files(Path(database).parent / BACKUPS_DIR)
            command = restore_command(self.program, Path(database).parent, backups[0].name if backups else "FILE")
            return DatabaseError(
                f"{database} is damaged or not a SQLite database: {text}. "
                f"{'Restore the newest backup' if backups else 'Restore a backup'}: {command}\n"
                "Without a backup, see docs/backup-and-recovery.md."
            )
        return data_dir_error(f"The database {database} can't be used", cause)

    def _require_migratable(self, revision: str | None, migrate: bool) -> None:
        """Raise UnfinishedCopyError for an unfinished copy, and SchemaDiffersError if `migrate` is false."""
        if revision and revision.startswith(UNFINISHED_PREFIX):
            raise UnfinishedCopyError(
                f"The database is an unfinished copy. Repeat `python -m {self.program} db copy` with --resume to continue "
                "it, or with --replace to start over."
            )
        if not migrate:
            raise SchemaDiffersError(
                f"The database is at revision {revision}, and this version of the app needs {self.head_revision}. Nothing "
                "was changed, because another version is using the database. Restart the app to migrate it."
            )

    def _reject_missing_columns(self, connection: Connection) -> None:
        """Raise SchemaDiffersError if the models have tables or columns that no migration creates."""
        inspector = inspect(connection)
        tables = set(inspector.get_table_names())
        missing = [
            f"{table.name}.{column.name}"
            for table in self.metadata.sorted_tables
            for column in table.columns
            if table.name not in tables
            or column.name not in {known["name"] for known in inspector.get_columns(table.name)}
        ]
        connection.rollback()
        if missing:
            raise SchemaDiffersError(
                f"No migration creates {', '.join(missing)}, which the models declare. Nothing was changed. "
                'Create a migration: make migration NAME="description"'
            )

    def _migrate(self, connection: Connection, revision: str | None) -> None:
        config = self.alembic_config(connection)
        if revision is not None:
            self._reject_unknown_revision(config, revision)
            progress.report("migrating")
            created = backup.create(connection.engine, backup.BackupReason.MIGRATION)
            logger.info("Backup before the migration: %s", created.name)
        # Alembic rebuilds tables on SQLite, which enforced foreign keys prevent. The pragma has no effect in a transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.rollback()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        sqlite: Any = connection.connection.driver_connection
        if revision is not None:
            sqlite.set_progress_handler(lambda: progress.report("migrating"), SQLITE_STEPS_PER_REPORT)
        try:
            self._run_scripts(config, revision)
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError(f"a row of table {broken[0]} violates a foreign key afterwards")
            connection.commit()
        except Exception as error:
            connection.rollback()
            if is_disk_full(error):
                raise
            logger.exception("Migration failed")
            raise MigrationError(
                f"The migration of the database failed: {error}. Nothing was changed. Report this with the log, or start "
                "the previous version."
            ) from error
        finally:
            if not connection.invalidated:
                sqlite.set_progress_handler(None, 0)
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")

    def _migrate_postgres(self, connection: Connection) -> None:
        """Migrate PostgreSQL. Of several processes that start concurrently, one migrates and the others wait."""
        try:
            with postgres.migration_transaction(connection):
                # After acquiring the lock: another process may have migrated.
                revision = current_revision(connection)
                config = self.alembic_config(connection)
                self._reject_unknown_revision(config, revision)
                if revision != self.head_revision:
                    self._run_scripts(config, revision)
        except StartError, DBAPIError:
            raise
        except Exception as error:
            logger.exception("Migration failed")
            raise MigrationError(
                f"The migration of the database failed: {error}. Nothing was changed. Start the previous version."
            ) from error

    def _reject_unknown_revision(self, config: Config, revision: str | None) -> None:
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError

        try:
            if revision is not None:
                ScriptDirectory.from_config(config).get_revision(revision)
        except CommandError:
            raise DatabaseNewerError(
                f"The database is at revision {revision}, which this version of the app doesn't know: a newer version "
                "migrated it. Nothing was changed. Start the newer version, or use another data dir."
            ) from None

    def _run_scripts(self, config: Config, revision: str | None) -> None:
        from alembic import command

        logger.info("Migrating the database from %s to %s", revision or "empty", self.head_revision)
        command.upgrade(config, "head")


def current_revision(connection: Connection) -> str | None:
    """Return the database's revision; None for an empty database."""
    # Not to_regclass, whose result PostgreSQL may cache from before another process created the table.
    exists = connection.exec_driver_sql(
        "SELECT 1 FROM pg_class WHERE relname = 'alembic_version' AND pg_table_is_visible(oid)"
        if postgres.is_postgres(connection)
        else "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    ).scalar()
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first() if exists else None
    return str(row[0]) if row else None
