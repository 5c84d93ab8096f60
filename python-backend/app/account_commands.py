"""Administrator commands: `python -m app users reset-password EMAIL`."""

import getpass
import sys

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from app import crud
from app.core.config import settings
from app.core.db import close, engine, init_db
from app.core.errors import AccountError
from app.core.schema import schema
from app.models import Password
from backend_host.data import data_lock
from backend_host.data.names import DATABASE_FILE
from backend_host.errors import DataDirError, SchemaDiffersError


def reset_password(email: str) -> str:
    """Prompt for a new password, set it and return a message. Raises AccountError, or StartError for the database."""
    if not settings.is_server and not (settings.DATA_DIR / DATABASE_FILE).exists():
        raise DataDirError(f"There is no database in {settings.DATA_DIR}. Specify the data dir with --data-dir.")
    try:
        with Session(engine) as session:
            _init_db(session)
            with schema.converted_errors(engine):
                user = crud.get_user_by_email(session=session, email=email)
                if user is None:
                    raise AccountError(f"No account has the email {email}.")
                stored_email = user.email
                session.rollback()  # PostgreSQL terminates connections that are idle in a transaction
            password = _prompt(stored_email)
            try:
                TypeAdapter(Password).validate_python(password)
            except ValidationError as error:
                raise AccountError(f"This password can't be used: {error.errors()[0]['msg']}.") from None
            with schema.converted_errors(engine):
                crud.update_user(session=session, db_user=user, user_in={"password": password})
                state = "" if user.is_active else " The account is inactive: a superuser must activate it."
            return f"Password updated for {stored_email}. Its sessions and recovery codes are revoked.{state}"
    finally:
        close(engine)


def _init_db(session: Session) -> None:
    """Call `init_db`. Raises DataDirInUseError if a migration of SQLite is pending and an app uses the data dir."""
    try:
        init_db(session, migrate=settings.is_server)
    except SchemaDiffersError:
        data_lock.acquire(settings.DATA_DIR, "a password reset")
        init_db(session)


def _prompt(email: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"New password for {email}: ")
    if getpass.getpass("Repeat the password: ") != password:
        raise AccountError("The two passwords differ.")
    return password
