"""Benchmark of operations on 100,000 items: `make bench-items`."""
