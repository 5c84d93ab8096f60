"""`python -m app`: see docs/launch-contract.md in the project."""

import os
import sys

from app.core import flags
from app.core.errors import StartError
from app.launch import announce, claim_stdout, stop_when_asked


def main() -> int:
    """Serve until asked to stop; 0 after a clean stop, 1 when the start failed (said as an event and on stderr)."""
    flags.parse(sys.argv[1:])
    os.umask(0o077)  # every file the backend makes is its owner's only
    stop_when_asked()
    events = claim_stdout()
    try:
        from app.core import log
        from app.core.config import settings
        from app.server import serve

        log.configure(settings.DATA_DIR, settings.LOG_LEVEL)
        serve(settings, events)
    except StartError as error:
        print(f"Error: {error}", file=sys.stderr)
        announce(events, event="failed", code=error.code, message=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
