"""Proof of the template: benchmarks and the comparison with PyInstaller. An app can delete this folder."""
