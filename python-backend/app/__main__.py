"""`python -m app`: serves the app by docs/launch-contract.md, or runs a command."""

import sys

from app.host import application
from backend_host import run


def main() -> int:
    """Serve, or run the given command. Returns the exit status."""
    return run(application)


if __name__ == "__main__":
    sys.exit(main())
