"""The database (SQLite or PostgreSQL), its schema, migrations and backups."""
