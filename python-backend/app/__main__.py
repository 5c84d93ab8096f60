"""`python -m app`: see docs/launch-contract.md in the project."""

import gc
import logging
import os
import sys
import traceback
from argparse import Namespace
from typing import IO

from backend_host.errors import AccountError, BackupError, BrokenCodeError, CopyError, StartError
from backend_host.launch import flags, progress
from backend_host.launch.contract import Stop, announce, claim_stdout, exit_without_joining_threads

logger = logging.getLogger(__name__)


def main() -> int:
    """Do what the command line asks: serve, or one command; the exit status."""
    asked = flags.parse(sys.argv[1:])
    os.umask(0o077)  # every file the backend makes is its owner's only
    return run_command(asked) if asked.command else run_server()


def run_command(asked: Namespace) -> int:
    """Look after an account, the database or its backups; 1 when that failed (said on stderr)."""
    try:
        from app import account_commands, backup_commands, database_commands

        if asked.command == "db":
            print(database_commands.copy(asked.to, resume=asked.resume, replace=asked.replace))
        elif asked.command == "users":
            print(account_commands.reset_password(asked.email))
        else:
            print(backup_commands.run(asked.file))
    except (StartError, AccountError, BackupError, CopyError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def run_server() -> int:
    """Serve until asked to stop; 0 after a clean stop, 1 when the start failed (said as an event and on stderr)."""
    gc.disable()  # until the app serves: nearly nothing that an import makes is garbage, and to look for it takes long
    stop = Stop()
    stop.listen()
    events = claim_stdout()
    progress.listen(lambda step: announce(events, event="progress", step=step))
    progress.made("importing")
    try:
        from app.core.config import settings

        stop.means(lambda: sys.exit(0))  # not before: wrong settings are said even when stdin has ended already
        from app.core.db import watch
        from backend_host import log
        from backend_host.data import data_dir, data_lock, permissions, scratch
        from backend_host.launch import handover
        from backend_host.serving import server

        handover.accept(settings, stop.handovers)
        if settings.is_server:  # its data is elsewhere, and several processes can't share a log file
            data_lock.make(settings.DATA_DIR)
            log.configure(None, settings.LOG_LEVEL)
        else:
            data_dir.require_private_parents(settings.DATA_DIR)  # of one that is still to be made
            data_lock.hold(settings.DATA_DIR, server.kind(settings), settings.LOCK_FD)
            log.configure(settings.DATA_DIR, settings.LOG_LEVEL)
            permissions.restrict_to_owner(settings.DATA_DIR)
            if not settings.ON_TRIAL:  # else another backend works here
                scratch.clean(settings.DATA_DIR)
        if settings.set_aside:
            where = settings.set_aside.path or "still in its place"
            logger.error("config.json is broken (now %s): %s", where, settings.set_aside.reason)
        if watch:
            watch.on_lost = lambda error: abort(events, error)
        if settings.WORKERS > 1:
            from backend_host.serving import workers

            workers.serve(settings, events, stop)
        else:
            server.serve(settings, events, stop)
        exit_without_joining_threads()
    except ImportError as error:
        traceback.print_exc()
        return fail(events, stop, BrokenCodeError(f"A part of the app can't be loaded: {error}. Reinstall the app."))
    except StartError as error:
        return fail(events, stop, error)
    return 0


def abort(events: IO[str], error: StartError) -> None:
    """End now, with status 1, and say why. Called from any thread.

    SQLite's files are not closed: it would delete the write-ahead log of the file that is there now.
    """
    print(f"Error: {error}", file=sys.stderr)
    announce(events, event="failed", code=error.code, message=str(error))
    logging.shutdown()
    os._exit(1)


def fail(events: IO[str], stop: Stop, error: StartError) -> int:
    """Say why the start failed; the exit status."""
    stop.is_over()
    print(f"Error: {error}", file=sys.stderr)
    announce(events, event="failed", code=error.code, message=str(error))
    return 1


if __name__ == "__main__":
    sys.exit(main())
