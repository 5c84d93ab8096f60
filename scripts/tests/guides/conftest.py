"""Fixtures of the guide tests."""

from harness.fixtures import data_home, desktop, display, driver_url, host_python, shell

__all__ = ["data_home", "desktop", "display", "driver_url", "host_python", "shell"]
