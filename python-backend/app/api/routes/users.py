import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, status

from app import crud
from app.api.deps import CurrentSuperuser, CurrentUser, Limit, SessionDep, Skip, get_current_active_superuser
from app.api.errors import RATE_LIMITED, ApiError, error_responses
from app.api.login_throttle import HashSlot
from app.core.config import settings
from app.core.error_codes import ErrorCode
from app.models import (
    Message,
    User,
    UserCreate,
    UserPublic,
    UserRegister,
    UserSort,
    UsersPublic,
    UserUpdate,
)
from backend_host.fields import MAX_TEXT, NO_NUL

CONFLICT = "The email is taken (code `email_taken`), or this is the last active superuser (`last_superuser`)."

BAD_REQUEST = "The email is taken (code `email_taken`), or the session's user is inactive (`session_user_inactive`)."
FORBIDDEN = "Code `session_expired`, `superuser_required`, `self_deletion`, `signup_disabled` or `origin`."
NOT_FOUND = (
    "The user does not exist (code `user_not_found`), or the session's user was deleted (`session_user_deleted`)."
)

router = APIRouter(
    prefix="/users",
    tags=["users"],
    responses=error_responses(s400=BAD_REQUEST, s403=FORBIDDEN, s404=NOT_FOUND, s409=CONFLICT),
)

LAST_SUPERUSER = "This is the last active superuser. Make another user a superuser first."
DEFAULT_USER = "This is the default user, which must remain an active superuser while authentication is off."

SIGNUP_DISABLED = "Sign-up is disabled. Ask the administrator for an account."

superusers_only = Depends(get_current_active_superuser)


def create_user_or_400(session: SessionDep, user_in: UserCreate) -> User:
    """Create a user. Raises 400 if the email is taken."""
    try:
        return crud.create_user(session=session, user_create=user_in)
    except crud.EmailTakenError:
        detail = "The user with this email already exists in the system"
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.EMAIL_TAKEN, detail) from None


def last_superuser_error() -> ApiError:
    """The error 409 for a change that removes the only user who could undo it."""
    detail = LAST_SUPERUSER if settings.AUTH_REQUIRED else DEFAULT_USER
    return ApiError(status.HTTP_409_CONFLICT, ErrorCode.LAST_SUPERUSER, detail)


@router.get("/", dependencies=[superusers_only], response_model=UsersPublic)
def read_users(
    session: SessionDep,
    skip: Skip = 0,
    limit: Limit = 100,
    q: Annotated[str, Query(max_length=MAX_TEXT, pattern=NO_NUL)] = "",
    sort: UserSort = UserSort.NEWEST,
) -> dict[str, Any]:
    """Return a page of users, and their total count.

    `q` selects users whose email or name contains it, case-insensitively.
    """
    users, count = crud.list_users(session=session, skip=skip, limit=limit, q=q.strip(), sort=sort)
    return {"data": users, "count": count}


@router.post("/", dependencies=[superusers_only], response_model=UserPublic)
def create_user(session: SessionDep, user_in: UserCreate) -> User:
    """Create a user."""
    return create_user_or_400(session, user_in)


@router.post("/signup", dependencies=[HashSlot], responses=RATE_LIMITED, response_model=UserPublic)
def register_user(session: SessionDep, user_in: UserRegister) -> User:
    """Sign up: create an account without an access token. Raises 403 if authentication or sign-up is off."""
    if not settings.AUTH_REQUIRED:
        raise ApiError(
            status.HTTP_403_FORBIDDEN, ErrorCode.SIGNUP_DISABLED, "Sign-up is disabled while authentication is off"
        )
    if not settings.signup_allowed:
        raise ApiError(status.HTTP_403_FORBIDDEN, ErrorCode.SIGNUP_DISABLED, SIGNUP_DISABLED)
    return create_user_or_400(session, UserCreate.model_validate(user_in.model_dump()))


@router.get("/{user_id}", response_model=UserPublic)
def read_user_by_id(session: SessionDep, current_user: CurrentUser, user_id: uuid.UUID) -> User:
    """Return the current user, or any user for a superuser."""
    if user_id == current_user.id:
        return current_user
    if not current_user.is_superuser:
        raise ApiError(
            status.HTTP_403_FORBIDDEN, ErrorCode.SUPERUSER_REQUIRED, "The user doesn't have enough privileges"
        )
    user = crud.get_user(session=session, user_id=user_id)
    if user is None:
        raise ApiError(status.HTTP_404_NOT_FOUND, ErrorCode.USER_NOT_FOUND, "User not found")
    return user


@router.patch("/{user_id}", dependencies=[superusers_only], response_model=UserPublic)
def update_user(session: SessionDep, user_id: uuid.UUID, user_in: UserUpdate) -> User:
    """Change the given fields. A new password revokes the user's sessions and recovery codes."""
    user = crud.get_user(session=session, user_id=user_id)
    if user is None:
        raise ApiError(
            status.HTTP_404_NOT_FOUND, ErrorCode.USER_NOT_FOUND, "The user with this id does not exist in the system"
        )
    try:
        return crud.update_user(session=session, db_user=user, user_in=user_in)
    except crud.EmailTakenError:
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.EMAIL_TAKEN, "User with this email already exists") from None
    except crud.LastSuperuserError:
        raise last_superuser_error() from None


@router.delete("/{user_id}")
def delete_user(session: SessionDep, current_user: CurrentSuperuser, user_id: uuid.UUID) -> Message:
    """Delete a user and all of their items."""
    user = crud.get_user(session=session, user_id=user_id)
    if user is None:
        raise ApiError(status.HTTP_404_NOT_FOUND, ErrorCode.USER_NOT_FOUND, "User not found")
    if user.id == current_user.id:
        raise ApiError(
            status.HTTP_403_FORBIDDEN, ErrorCode.SELF_DELETION, "Super users are not allowed to delete themselves"
        )
    try:
        crud.delete_user(session=session, user=user)
    except crud.LastSuperuserError:
        raise last_superuser_error() from None
    return Message(message="User deleted successfully")
