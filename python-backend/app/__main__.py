"""`python -m app`: docs/launch-contract.md."""

import sys

from app.host import application
from backend_host import run


def main() -> int:
    """Serve, or run the command that the command line names; returns the exit status."""
    return run(application)


if __name__ == "__main__":
    sys.exit(main())
