"""A process of an app, from its command line to its exit status: docs/launch-contract.md."""

import gc
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import IO

from backend_host.application import Application, Command
from backend_host.errors import CommandError, ImportFailedError, StartError
from backend_host.launch import flags, progress
from backend_host.launch.contract import emit_event, reserve_stdout
from backend_host.launch.shutdown import ShutdownController, exit_without_joining_threads

logger = logging.getLogger(__name__)


def run(application: Application, argv: Sequence[str] | None = None) -> int:
    """Serve, or run the command that the command line names; returns the exit status."""
    arguments = flags.parse(sys.argv[1:] if argv is None else argv, application)
    os.umask(0o077)  # new files are their owner's only
    command: Command | None = arguments.command
    if command is None:
        return run_server(application)
    try:
        print(command.run(arguments))
    except (StartError, CommandError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def run_server(application: Application) -> int:
    """Serve until shutdown. 0 after a clean shutdown; 1 if the start failed, reported as an event and on stderr."""
    gc.disable()  # until the app serves: imports create almost no garbage, and collections slow them down
    shutdown = ShutdownController()
    shutdown.install_handlers()
    events = reserve_stdout()
    progress.add_listener(lambda step: emit_event(events, event="progress", step=step))
    progress.report("importing")
    try:
        settings = application.settings()
        shutdown.set_handler(lambda: sys.exit(0))  # not earlier: wrong settings are reported even if stdin has ended
        from backend_host.data import data_dir, data_lock, permissions, temporary_files
        from backend_host.log import configure
        from backend_host.serving import handover, server

        handover.receive(settings, shutdown.handover_records)
        if settings.is_server:  # its data is in PostgreSQL, and several processes cannot share a log file
            data_lock.create_data_dir(settings.DATA_DIR)
            configure(None, settings.LOG_LEVEL)
        else:
            data_dir.require_private_parents(settings.DATA_DIR)  # of one that does not exist yet
            data_lock.acquire(settings.DATA_DIR, server.process_role(settings), settings.LOCK_FD)
            configure(settings.DATA_DIR, settings.LOG_LEVEL)
            permissions.restrict_to_owner(settings.DATA_DIR)
            if not settings.CANDIDATE:  # otherwise another backend uses its temporary files
                temporary_files.delete_stale(settings.DATA_DIR)
        if settings.broken_config:
            where = settings.broken_config.path or "still in its place"
            logger.error("config.json is broken (now %s): %s", where, settings.broken_config.reason)
        if application.database and (watcher := application.database().watcher):
            watcher.on_lost = lambda error: abort(events, error)
        if settings.WORKERS > 1:
            from backend_host.serving import workers

            workers.serve(application, settings, events, shutdown)
        else:
            server.serve(application, settings, events, shutdown)
        exit_without_joining_threads()
    except ImportError as error:
        traceback.print_exc()
        return fail(
            events, shutdown, ImportFailedError(f"A part of the app can't be loaded: {error}. Reinstall the app.")
        )
    except StartError as error:
        return fail(events, shutdown, error)
    return 0


def abort(events: IO[str], error: StartError) -> None:
    """Exit with status 1 now, and report why. Called from any thread.

    SQLite's files are not closed: SQLite would delete the write-ahead log of the file that has replaced the database.
    """
    print(f"Error: {error}", file=sys.stderr)
    emit_event(events, event="failed", code=error.code, message=str(error))
    logging.shutdown()
    os._exit(1)


def fail(events: IO[str], shutdown: ShutdownController, error: StartError) -> int:
    """Report why the start failed; returns the exit status."""
    shutdown.ignore_signals()
    print(f"Error: {error}", file=sys.stderr)
    emit_event(events, event="failed", code=error.code, message=str(error))
    return 1
