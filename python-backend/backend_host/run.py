"""The process of an app, from command line to exit status: docs/launch-contract.md."""

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
    """Serve, or run the subcommand in `argv` (default: `sys.argv`), and return the exit status."""
    arguments = flags.parse(sys.argv[1:] if argv is None else argv, application)
    os.umask(0o077)
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
    """Serve until shutdown and return the exit status: 0 after a clean shutdown, 1 after a StartError or ImportError.

    These errors emit the event `failed`, and their message is printed to stderr. If the app's lifespan fails, uvicorn
    exits with status 3 and without the event.
    """
    gc.disable()  # `server.serve` enables it: imports create almost no garbage, and collections slow them down
    shutdown = ShutdownController()
    shutdown.install_handlers()
    events = reserve_stdout()
    progress.add_listener(lambda step: emit_event(events, event="progress", step=step))
    progress.report("importing")
    try:
        settings = application.settings()
        shutdown.set_handler(lambda: sys.exit(0))  # not earlier: invalid settings are reported even after stdin ended
        from backend_host.data import data_dir, data_lock, permissions, temporary_files
        from backend_host.log import configure
        from backend_host.serving import server, windows_handover

        windows_handover.receive(settings, shutdown.handover_records)
        if settings.is_server:  # data is in PostgreSQL; several processes cannot share a rotated log file
            data_lock.create_data_dir(settings.DATA_DIR)
            configure(None, settings.LOG_LEVEL)
        else:
            data_dir.require_private_parents(settings.DATA_DIR)
            data_lock.acquire(settings.DATA_DIR, server.process_role(settings), settings.LOCK_FD)
            configure(settings.DATA_DIR, settings.LOG_LEVEL)
            permissions.restrict_to_owner(settings.DATA_DIR)
            if not settings.CANDIDATE:  # otherwise the serving backend may be using its temporary files
                temporary_files.delete_stale(settings.DATA_DIR)
        if settings.invalid_config:
            moved_to = settings.invalid_config.moved_to or "not moved"
            logger.error("config.json is invalid (%s): %s", moved_to, settings.invalid_config.reason)
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
        return report_failed_start(
            events, shutdown, ImportFailedError(f"A part of the app can't be loaded: {error}. Reinstall the app.")
        )
    except StartError as error:
        return report_failed_start(events, shutdown, error)
    return 0


def abort(events: IO[str], error: StartError) -> None:
    """Emit the event `failed` and exit immediately with status 1. Thread-safe.

    Leaves SQLite connections open: closing them would delete the write-ahead log of the file that replaced the
    database.
    """
    print(f"Error: {error}", file=sys.stderr)
    emit_event(events, event="failed", code=error.code, message=str(error))
    logging.shutdown()
    os._exit(1)


def report_failed_start(events: IO[str], shutdown: ShutdownController, error: StartError) -> int:
    """Emit the event `failed` and return the exit status 1."""
    shutdown.ignore_signals()
    print(f"Error: {error}", file=sys.stderr)
    emit_event(events, event="failed", code=error.code, message=str(error))
    return 1
