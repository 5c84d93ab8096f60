"""Names of files and folders in the data dir."""

DATABASE_FILE = "app.db"
"""The SQLite database."""
BACKUPS_DIR = "backups"
"""Folder of the backups and of moved damaged database files."""
