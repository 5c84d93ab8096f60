"""What 100,000 items cost: `make bench-items`."""
