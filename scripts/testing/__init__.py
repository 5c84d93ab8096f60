"""Runs test suites."""
