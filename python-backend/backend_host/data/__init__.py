"""The data directory: path checks, owner and permissions, lock, file access."""
