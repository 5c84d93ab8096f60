"""Commands for whoever owns the machine: `python -m app users reset-password EMAIL`."""

import getpass
import sys

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from app import crud
from app.core.config import settings
from app.core.db import close, engine, init_db
from app.core.errors import DataDirError
from app.models import Password


def reset_password(email: str) -> int:
    """Ask for a new password and set it; 0 when done. Raises StartError when the database can't be used."""
    if not (settings.DATA_DIR / "app.db").exists():
        raise DataDirError(f"There is no database in {settings.DATA_DIR}. Name its folder with --data-dir.")
    try:
        with Session(engine) as session:
            init_db(session)
            user = crud.get_user_by_email(session=session, email=email)
            if user is None:
                return _fail(f"No account has the email {email}.")
            try:
                password = TypeAdapter(Password).validate_python(_ask(user.email))
            except ValidationError as error:
                return _fail(f"This password can't be used: {error.errors()[0]['msg']}.")
            crud.update_user(session=session, db_user=user, user_in={"password": password})
            state = "" if user.is_active else " The account is inactive: a superuser has to activate it."
            print(f"Password updated for {user.email}. Its sessions and recovery codes are void.{state}")
    finally:
        close(engine)
    return 0


def _ask(email: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"New password for {email}: ")
    if getpass.getpass("Once more: ") != password:
        sys.exit("Error: the two passwords differ.")
    return password


def _fail(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 1
