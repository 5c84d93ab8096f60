"""Exceptions of the app."""

from backend_host.errors import CommandError, StartError


class NoOwnerError(StartError):
    """Authentication is on, but no superuser can log in."""

    code = "auth_without_owner"


class AccountError(CommandError):
    """An account command failed."""
