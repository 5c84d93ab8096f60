"""Items as files: CSV and JSON."""
