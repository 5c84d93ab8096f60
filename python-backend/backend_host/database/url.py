"""Database URLs."""

POSTGRES_URL_PREFIX = "postgresql+psycopg://"
"""How the URL of a server's database begins."""
