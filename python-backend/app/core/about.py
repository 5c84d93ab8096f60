"""Version of the API."""

API_VERSION = 1
"""Incremented by changes that are incompatible with older clients."""
