"""Scale of the security tests: short in `make test`, full in `make test-security`, which sets SECURITY_SCALE."""

import os

IS_FULL = os.environ.get("SECURITY_SCALE") == "full"


def scaled(short: int, full: int) -> int:
    """Return `full` in `make test-security`, else `short`."""
    return full if IS_FULL else short
