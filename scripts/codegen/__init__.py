"""Generated code: API clients and migrations."""
