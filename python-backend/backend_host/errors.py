"""Exceptions of the host. Launchers branch on `StartError.code`, never on the message: docs/launch-contract.md."""

from enum import StrEnum

from backend_host.error_codes import HostErrorCode


class StartError(Exception):
    """The backend can't start. `code` is stable. The message says what happened and what to do next."""

    code = "start_failed"


class ConfigError(StartError):
    """A flag or environment variable has an invalid value."""

    code = "config_invalid"


class SecretKeyError(StartError):
    """SECRET_KEY, which signs access tokens, is not set in server mode."""

    code = "secret_key_missing"


class DataDirError(StartError):
    """The data dir can't be created, read or written."""

    code = "data_dir_unwritable"


class DataDirNotPrivateError(DataDirError):
    """Another user owns, or can write to, the data dir or one of the app's files in it."""

    code = "data_dir_not_private"


class DataDirInUseError(DataDirError):
    """Another process has locked the data dir."""

    code = "data_dir_in_use"


class DiskFullError(DataDirError):
    """The disk of the data dir is full."""

    code = "disk_full"


class ImportFailedError(StartError):
    """A module of the app or of a dependency can't be imported."""

    code = "import_failed"


class AddressError(StartError):
    """The process can't listen on the configured address."""

    code = "address_unavailable"


class PortTakenError(AddressError):
    """Another program listens on the port."""

    code = "port_taken"


class DatabaseError(StartError):
    """The database can't be opened or is damaged."""

    code = "database_unusable"


class DriverMissingError(DatabaseError):
    """The driver of PostgreSQL is not installed."""

    code = "driver_missing"


class DatabaseUnreachableError(DatabaseError):
    """PostgreSQL does not answer, or rejects the role."""

    code = "database_unreachable"


class UnfinishedCopyError(DatabaseError):
    """The database is the target of an unfinished `db copy`."""

    code = "copy_unfinished"


class DatabaseNewerError(DatabaseError):
    """A newer version of the app migrated the database. This version leaves it unchanged."""

    code = "database_newer"


class SchemaDiffersError(DatabaseError):
    """The database needs a migration, which does not run while another backend uses the database."""

    code = "schema_differs"


class MigrationError(DatabaseError):
    """A migration failed and was rolled back."""

    code = "migration_failed"


class CommandError(Exception):
    """A subcommand failed. The message says what happened and what to do next."""


class BackupError(CommandError):
    """A backup can't be made or restored. `code` is stable. The message says what happened and what to do next."""

    code: StrEnum = HostErrorCode.BACKUP_UNUSABLE


class BackupsUnsupportedError(BackupError):
    """The app does not back up PostgreSQL (docs/server.md)."""

    code = HostErrorCode.BACKUPS_UNSUPPORTED


class ConflictError(Exception):
    """A concurrent request stored a conflicting row."""


class ServerBusyError(Exception):
    """No connection of this worker's pool became available within the timeout."""


class CopyError(CommandError):
    """The database can't be copied, or the copy differs from the source. The message says what to do next."""


class DatabaseBusyError(BackupError):
    """The database stayed locked for longer than the timeout of a restore."""

    code = HostErrorCode.DATABASE_BUSY
