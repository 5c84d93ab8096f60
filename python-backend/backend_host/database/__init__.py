"""The database: SQLite or PostgreSQL, its schema, its backups."""
