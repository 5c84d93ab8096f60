"""User accounts for tests."""

from datetime import timedelta

from httpx2 import Response
from sqlmodel import Session

from app import crud
from app.core.security import create_access_token
from app.models import DEFAULT_USER_ID, User, UserCreate, UserUpdate

API = "/api/v1"
PASSWORD = "correct horse"
OTHER_PASSWORD = "battery staple"


def make_user(
    session: Session,
    email: str = "guest@example.com",
    *,
    full_name: str | None = None,
    is_superuser: bool = False,
    is_active: bool = True,
) -> User:
    new = UserCreate(
        email=email, password=PASSWORD, full_name=full_name, is_superuser=is_superuser, is_active=is_active
    )
    return crud.create_user(session=session, user_create=new)


def set_default_user_password(session: Session, password: str = PASSWORD) -> User:
    """Set the default user's password, and return the user."""
    user = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    assert user
    return crud.update_user(session=session, db_user=user, user_in=UserUpdate(password=password))


def auth_headers(user: User) -> dict[str, str]:
    """Return headers with an access token of `user`."""
    token = create_access_token(user.id, timedelta(minutes=5), version=user.token_version)
    return {"Authorization": f"Bearer {token}"}


def status_and_detail(response: Response) -> tuple[int, str]:
    """Return the status code, and detail or message."""
    body = response.json()
    return response.status_code, body.get("detail") or body.get("message")
