"""Serves the app: sockets, connections, workers."""
