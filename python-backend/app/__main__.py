"""`python -m app`: see docs/launch-contract.md in the project."""

import os
import sys
from pathlib import Path

from app.core import flags
from app.core.errors import BackupError, StartError
from app.launch import announce, claim_stdout, stop_when_asked


def main() -> int:
    """Do what the command line asks: serve, or one command; the exit status."""
    asked = flags.parse(sys.argv[1:])
    os.umask(0o077)  # every file the backend makes is its owner's only
    return run_command(asked.file) if asked.command else run_server()


def run_command(file: Path | None) -> int:
    """Restore `file`, or without one make a backup; 1 when that failed (said on stderr)."""
    try:
        from app import commands

        print(commands.run(file))
    except (StartError, BackupError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def run_server() -> int:
    """Serve until asked to stop; 0 after a clean stop, 1 when the start failed (said as an event and on stderr)."""
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
