"""Gives the app its own name, identifier and icons."""
