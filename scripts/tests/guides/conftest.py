"""Fixtures of the harness."""

from harness.fixtures import desktop, display, driver_url, host_python, shell

__all__ = ["desktop", "display", "driver_url", "host_python", "shell"]
