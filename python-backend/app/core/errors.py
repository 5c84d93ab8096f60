"""The app's own exceptions, besides the host's (`backend_host.errors`)."""

from backend_host.errors import CommandError, StartError


class NoOwnerError(StartError):
    """Authentication is on, and nobody could log in to manage the others."""

    code = "auth_without_owner"


class AccountError(CommandError):
    """A command for an account failed. The message says why."""


class RowError(ValueError):
    """An invalid row of an imported file, from 1 and as a spreadsheet counts; 0 is the file as a whole.

    `field` is the column, `item` for the whole row.
    """

    def __init__(self, row: int, field: str, fault: str) -> None:
        place = f"Row {row}" if field == "item" else f"Row {row}, {field}"
        super().__init__(f"{place}: {fault}" if row else f"The file {fault}")
        self.row = row
        self.field = field
