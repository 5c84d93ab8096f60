"""Fixtures of the tests of scripts."""

from harness.checkout import checkout
from harness.fixtures import host_python

__all__ = ["checkout", "host_python"]
