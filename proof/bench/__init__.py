"""Benchmarks of the app against its alternatives: `make bench`."""
