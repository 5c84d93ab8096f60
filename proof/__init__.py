"""Benchmarks of the template and its comparison with PyInstaller. An app can delete this folder."""
