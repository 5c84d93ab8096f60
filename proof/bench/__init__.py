"""Benchmarks of the app compared with baselines: `make bench`."""
