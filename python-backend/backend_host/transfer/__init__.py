"""Tables as CSV and JSON files."""
