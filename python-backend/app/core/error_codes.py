"""Error codes of the API: the app's and the host's."""

from enum import StrEnum

from backend_host.error_codes import HostErrorCode


class ErrorCode(StrEnum):
    """Error codes of the app."""

    NOT_AUTHENTICATED = "not_authenticated"
    # Invalid sessions: clients log in again
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
    # Items
    ITEM_NOT_FOUND = "item_not_found"
    # Settings: the owner is the default user with a password
    OWNER_EXISTS = "owner_exists"
    OWNER_REQUIRED = "owner_required"


AnyErrorCode = StrEnum(  # type: ignore[misc]  # mypy wants the members in the source
    "ErrorCode", {code.name: code.value for code in (*HostErrorCode, *ErrorCode)}
)
AnyErrorCode.__doc__ = (
    "Identifies an error for programs; `detail` is a message for users that may change. Later versions may add codes: handle "
    "an unknown code by the HTTP status."
)
