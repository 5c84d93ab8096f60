"""Replaces the Python of a running debug build."""
