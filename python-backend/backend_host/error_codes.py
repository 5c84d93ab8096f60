"""Error codes of the host's responses. An app defines additional codes."""

from enum import StrEnum


class HostErrorCode(StrEnum):
    """Machine-readable code of an error response."""

    # Access
    LAUNCH_TOKEN = "launch_token"
    ORIGIN = "origin"
    HOST = "host"
    DUPLICATE_HEADER = "duplicate_header"
    # Requests
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    INVALID_REQUEST = "invalid_request"
    BODY_TOO_LARGE = "body_too_large"
    CONFLICT = "conflict"
    GONE = "gone"
    # Backups and settings
    BACKUP_NOT_FOUND = "backup_not_found"
    BACKUP_UNUSABLE = "backup_unusable"
    BACKUPS_UNSUPPORTED = "backups_unsupported"
    SETTINGS_READ_ONLY = "settings_read_only"
    # The backend, its database and its disk
    DATABASE_BUSY = "database_busy"
    DATABASE_DAMAGED = "database_damaged"
    DATABASE_MOVED = "database_moved"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DATABASE_UNREACHABLE = "database_unreachable"
    DISK_FULL = "disk_full"
    INTERNAL = "internal"
    PATH_CONFLICT = "path_conflict"
    READ_ONLY = "read_only"
    SCHEMA_DIFFERS = "schema_differs"
    STOPPING = "stopping"
