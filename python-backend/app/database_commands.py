"""`python -m app db copy --to URL`: this backend's whole database into another one."""

import sys
import time
from typing import TextIO

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.core.db import engine
from backend_host.data import data_lock
from backend_host.database import copy as database_copy
from backend_host.database import postgres
from backend_host.database.copy import Tell
from backend_host.database.migrate import explain
from backend_host.errors import CopyError, StartError

TELL_EVERY_S = 1.0


def copy(to: str, *, resume: bool, replace: bool) -> str:
    """Copy the configured database to the URL `to`; what was done, for people. Raises CopyError or StartError.

    No app may have an SQLite file open that takes part: what it wrote meanwhile would be missing.
    """
    with database_copy.opened(to) as target:
        if _place(target) == _place(engine):
            raise CopyError("That is the database itself. Name another one with --to.")
        for taking_part in (engine, target):
            if file := database_copy.database_file(taking_part):
                if taking_part is engine and not file.exists():
                    raise CopyError(f"There is no database in {file.parent}. Choose the right folder with --data-dir.")
                data_lock.hold(file.parent, "a copy of the database")
        began = time.monotonic()
        try:
            counts = database_copy.copy(engine, target, _progress(sys.stderr), resume=resume, replace=replace)
        except (OSError, DBAPIError) as error:
            raise _explained(error, target) from error
        finally:
            engine.dispose()
        rows = ", ".join(f"{table} {count:,}" for table, count in counts.items())
        taken = time.monotonic() - began
        return f"Copied and compared in {taken:.0f} s ({rows}) to {target.url.render_as_string()}."


def _place(of: Engine) -> object:
    return database_copy.database_file(of) or (of.url.host, of.url.port, of.url.database)


def _explained(error: OSError | DBAPIError, target: Engine) -> StartError:
    failed = target if isinstance(error, DBAPIError) and postgres.is_postgres(target) else engine
    if isinstance(error, DBAPIError) and postgres.is_postgres(failed):
        return postgres.explain(error, failed)
    return explain(error, failed.url.database)


def _progress(to: TextIO) -> Tell:
    last: dict[str, float] = {}

    def tell(table: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now >= last.get(table, 0.0) + TELL_EVERY_S:
            last[table] = now
            print(f"{table}: {done:,} of {total:,}", file=to, flush=True)

    return tell
