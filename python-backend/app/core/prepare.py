"""Preparation before the app serves: migrates the database and checks that a superuser can log in."""

from sqlmodel import Session, select

from app.core.config import settings
from app.core.db import engine, has_active_superuser, init_db
from app.core.errors import NoOwnerError
from app.core.schema import schema
from app.models import DEFAULT_USER_ID, User


def prepare() -> None:
    """Migrate the database, and check that a superuser can log in. Raises StartError."""
    with Session(engine) as session, schema.converted_errors(engine):
        init_db(session)  # before the lifespan repeats it: only failures here are reported to the launcher
        if settings.AUTH_REQUIRED and not has_active_superuser(session):
            email = session.exec(select(User.email).where(User.id == DEFAULT_USER_ID)).one()
            raise NoOwnerError(
                f"No active superuser has a password. Set FIRST_SUPERUSER (now "
                f"{settings.FIRST_SUPERUSER}) and FIRST_SUPERUSER_PASSWORD for the first start."
                if settings.is_server
                else "Authentication is on, but no active superuser has a password. Run "
                f"`python -m app users reset-password {email}` with the same data dir, start once "
                "with FIRST_SUPERUSER_PASSWORD, or turn AUTH_REQUIRED off."
            )
