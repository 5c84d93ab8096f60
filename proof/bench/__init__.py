"""What the app costs, side by side with what a user would have otherwise: `make bench`."""
