"""Names in the data dir."""

DATABASE = "app.db"
"""The SQLite database."""
