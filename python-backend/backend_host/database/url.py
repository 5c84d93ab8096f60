"""Database URLs."""

POSTGRES_URL_PREFIX = "postgresql+psycopg://"
"""Prefix of DATABASE_URL: SQLAlchemy's dialect and driver."""
