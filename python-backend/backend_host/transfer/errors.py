"""Errors of imported files."""


class RowError(ValueError):
    """An invalid row of an imported file. `str()` is a message for users.

    `row` counts from 1, as a spreadsheet does; 0 means the file. `field` is the column; None means the row.
    """

    def __init__(self, row: int, field: str | None, reason: str) -> None:
        where = f"Row {row}, {field}" if field else f"Row {row}"
        super().__init__(f"{where}: {reason}" if row else f"The file {reason}")
        self.row = row
        self.field = field


class FileError(RowError):
    """The file is invalid, not only one of its rows."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, None, reason)
