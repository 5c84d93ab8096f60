"""How much the attacks do: little in every run of the tests, much in `make test-security`."""

import os

IS_FULL = os.environ.get("SECURITY_SCALE") == "full"


def scaled(short: int, full: int) -> int:
    """The amount for this run."""
    return full if IS_FULL else short
