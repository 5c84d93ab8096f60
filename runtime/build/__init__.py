"""Builds a target's tree from an unpacked interpreter, the lock and the app's source."""
