"""The app's own exceptions, besides the host's (`backend_host.errors`)."""

from backend_host.errors import CommandError, StartError


class NoOwnerError(StartError):
    """Authentication is on, and nobody could log in to manage the others."""

    code = "auth_without_owner"


class AccountError(CommandError):
    """A command for an account failed. The message says why."""
