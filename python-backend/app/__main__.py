"""`python -m app`: see docs/launch-contract.md in the project."""

import logging
import os
import sys

from app.core import flags
from app.core.errors import StartError
from app.launch import announce, claim_stdout, stop_when_asked

logger = logging.getLogger(__name__)


def main() -> int:
    """Carry out the command, or serve; 0 after a clean end, 1 after a failure."""
    words = flags.parse(sys.argv[1:])
    os.umask(0o077)  # every file the backend makes is its owner's only
    return run(words) if words else serve()


def serve() -> int:
    """Serve until asked to stop; 1 when the start failed (said as an event and on stderr)."""
    stop_when_asked()
    events = claim_stdout()
    try:
        from app import server
        from app.core import log
        from app.core.config import settings

        log.configure(settings.DATA_DIR, settings.LOG_LEVEL)
        if settings.set_aside:
            where = settings.set_aside.path or "still in its place"
            logger.error("config.json is broken (now %s): %s", where, settings.set_aside.reason)
        server.serve(settings, events)
    except StartError as error:
        print(f"Error: {error}", file=sys.stderr)
        announce(events, event="failed", code=error.code, message=str(error))
        return 1
    return 0


def run(words: tuple[str, ...]) -> int:
    """Carry out a command of the command line."""
    try:
        from app.commands import reset_password

        return reset_password(words[-1])
    except StartError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
