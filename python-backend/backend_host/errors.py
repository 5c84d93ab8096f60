"""What can go wrong, by name. Launchers branch on the codes of StartError, never on the text: docs/launch-contract.md."""

from enum import StrEnum

from backend_host.error_codes import HostErrorCode


class StartError(Exception):
    """The backend can't start. `code` is stable; the message says what happened and what to do next."""

    code = "start_failed"


class ConfigError(StartError):
    """A flag, variable or config.json holds something the settings don't accept."""

    code = "config_invalid"


class SecretKeyError(StartError):
    """A server was not given the key that signs logins."""

    code = "secret_key_missing"


class DataDirError(StartError):
    """The data dir can't be made, read or written."""

    code = "data_dir_unwritable"


class DataDirNotPrivateError(DataDirError):
    """Another user owns the data dir or a file of the app's in it, or can write there."""

    code = "data_dir_not_private"


class DataDirInUseError(DataDirError):
    """Another process works on the data dir."""

    code = "data_dir_in_use"


class DiskFullError(DataDirError):
    """There is no room left for what a start has to write."""

    code = "disk_full"


class ImportFailedError(StartError):
    """A part of the app, or a library, can't be imported."""

    code = "import_failed"


class AddressError(StartError):
    """The address asked for can't be listened on."""

    code = "address_unavailable"


class PortTakenError(AddressError):
    """Somebody else listens on the port."""

    code = "port_taken"


class DatabaseError(StartError):
    """app.db can't be opened or is damaged."""

    code = "database_unusable"


class DriverMissingError(DatabaseError):
    """DATABASE_URL asks for PostgreSQL, and its driver is not installed."""

    code = "driver_missing"


class DatabaseUnreachableError(DatabaseError):
    """The server's database does not answer, or refuses this role."""

    code = "database_unreachable"


class UnfinishedCopyError(DatabaseError):
    """The database is a copy that was begun and not finished."""

    code = "copy_unfinished"


class DatabaseNewerError(DatabaseError):
    """app.db was written by a newer version of the app. It is left as it was."""

    code = "database_newer"


class SchemaDiffersError(DatabaseError):
    """app.db would have to be migrated, which is not done beside a backend that works on it."""

    code = "schema_differs"


class MigrationError(DatabaseError):
    """A migration failed. app.db is left as it was before."""

    code = "migration_failed"


class CommandError(Exception):
    """A command of the command line failed. The message says what happened and what to do next."""


class BackupError(CommandError):
    """A backup can't be used. `code` is stable; the message says what happened and what to do next."""

    code: StrEnum = HostErrorCode.BACKUP_UNUSABLE


class ServerBackupError(BackupError):
    """The database is a server's: its own tools back it up."""

    code = HostErrorCode.SERVER_BACKUP


class ConflictError(Exception):
    """Somebody else stored the same meanwhile."""


class ServerBusyError(Exception):
    """All of this worker's connections to the database were in use for too long."""


class CopyError(CommandError):
    """The database can't be copied, or the copy is not the same. The message says what to do next."""


class DatabaseBusyError(BackupError):
    """The database was locked for so long that nothing could be put in its place."""

    code = HostErrorCode.DATABASE_BUSY
