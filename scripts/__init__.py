"""The commands behind make. `python3 -m scripts.PACKAGE.MODULE` runs one from the project's root."""
