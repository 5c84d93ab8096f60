"""Hosts an ASGI app as a desktop app's backend."""
