"""Checks for Windows and macOS that run on other systems."""
