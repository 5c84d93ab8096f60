"""How much the attacks do: little in every run of the tests, much in `make test-hostile`."""

import os

IS_FULL = os.environ.get("HOSTILE_SCALE") == "full"


def scaled(short: int, full: int) -> int:
    """The amount for this run."""
    return full if IS_FULL else short
