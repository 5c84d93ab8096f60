"""Imports fixtures from the harness."""

from harness.checkout import checkout
from harness.fixtures import host_python, staged_tree

__all__ = ["checkout", "host_python", "staged_tree"]
