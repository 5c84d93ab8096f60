"""Lock files and the audit of dependencies."""
