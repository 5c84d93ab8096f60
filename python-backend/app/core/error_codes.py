"""The error codes of the API."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Identifies an error for programs; `detail` is for people and may be reworded. Versions to come may add codes: handle an unknown one by its status."""

    # Who may send requests at all
    LAUNCH_TOKEN = "launch_token"
    ORIGIN = "origin"
    HOST = "host"
    DUPLICATE_HEADER = "duplicate_header"
    NOT_AUTHENTICATED = "not_authenticated"
    # The session is over: log in again
    SESSION_EXPIRED = "session_expired"
    SESSION_USER_DELETED = "session_user_deleted"
    SESSION_USER_INACTIVE = "session_user_inactive"
    # Permissions
    SUPERUSER_REQUIRED = "superuser_required"
    NOT_PERMITTED = "not_permitted"
    # Logins and passwords
    INCORRECT_LOGIN = "incorrect_login"
    USER_INACTIVE = "user_inactive"
    INCORRECT_RECOVERY_CODE = "incorrect_recovery_code"
    RESET_TOKEN_INVALID = "reset_token_invalid"
    INCORRECT_PASSWORD = "incorrect_password"
    PASSWORD_UNCHANGED = "password_unchanged"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    # Users
    EMAIL_TAKEN = "email_taken"
    USER_NOT_FOUND = "user_not_found"
    SELF_DELETION = "self_deletion"
    LAST_SUPERUSER = "last_superuser"
    SIGNUP_DISABLED = "signup_disabled"
    # Items, backups, settings
    ITEM_NOT_FOUND = "item_not_found"
    BACKUP_NOT_FOUND = "backup_not_found"
    BACKUP_UNUSABLE = "backup_unusable"
    SERVER_BACKUP = "server_backup"
    SERVER_SETTINGS = "server_settings"
    OWNER_EXISTS = "owner_exists"
    OWNER_REQUIRED = "owner_required"
    # Requests
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    INVALID_REQUEST = "invalid_request"
    BODY_TOO_LARGE = "body_too_large"
    CONFLICT = "conflict"
    GONE = "gone"
    # The backend, its database and its disk
    DATABASE_BUSY = "database_busy"
    DATABASE_DAMAGED = "database_damaged"
    DATABASE_MOVED = "database_moved"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DATABASE_UNREACHABLE = "database_unreachable"
    DISK_FULL = "disk_full"
    IN_THE_WAY = "in_the_way"
    INTERNAL = "internal"
    READ_ONLY = "read_only"
    SCHEMA_DIFFERS = "schema_differs"
    STOPPING = "stopping"
