"""Checks that a superuser of a restored backup can log in, and revokes the backup's credentials."""

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from app.core.config import settings
from app.core.db import has_active_superuser, init_db
from app.core.schema import schema
from backend_host.database.restore import Restore
from backend_host.errors import BackupError


def _require_superuser(copy: Engine) -> None:
    with Session(copy) as session, schema.converted_errors(copy):
        init_db(session)
        if settings.AUTH_REQUIRED and not has_active_superuser(session):
            raise BackupError(
                "No superuser in this backup has a password: it was made before authentication was turned on. Nothing "
                "was changed. Turn authentication off and restart, then restore it."
            )


def _revoke_credentials(copy: sqlite3.Connection, database: Path) -> None:
    """Revoke all sessions, reset tokens and used recovery codes. Passwords of the backup remain.

    If the current database can't be read, its used recovery codes are unknown: all codes of the backup remain, too.
    """
    # If the current database can't be read, minutes since 1970: above every token version that it can have, and below
    # PostgreSQL's maximum.
    max_version, codes = int(time.time() / 60), None
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as current:
        (max_version,) = current.execute("SELECT coalesce(max(token_version), 0) FROM user").fetchone()
        codes = current.execute("SELECT code_hash FROM recovery_code").fetchall()
    copy.execute("UPDATE user SET token_version = 1 + max(?, (SELECT max(token_version) FROM user))", (max_version,))
    if codes is not None:
        copy.execute("CREATE TEMP TABLE unused (code_hash TEXT PRIMARY KEY)")
        copy.executemany("INSERT INTO unused VALUES (?)", codes)
        copy.execute("DELETE FROM recovery_code WHERE code_hash NOT IN (SELECT code_hash FROM unused)")


restorer = Restore(schema, _require_superuser, _revoke_credentials)
restore = restorer.run
