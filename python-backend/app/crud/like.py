"""Patterns for SQL's LIKE."""


def like_part(text: str) -> str:
    r"""The pattern for everything that holds `text`, in which nothing is a wildcard. Its escape is `\`."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
