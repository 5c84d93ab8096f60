"""Builds a target's tree from the interpreter archive, the lock file and the app source."""
