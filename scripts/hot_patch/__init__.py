"""Patches the Python code of a running debug build."""
