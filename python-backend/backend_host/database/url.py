"""Database URLs."""

SERVER_URL = "postgresql+psycopg://"
"""How the URL of a server's database begins."""
