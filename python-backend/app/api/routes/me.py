"""The current user's account. Included before `users/{user_id}`."""

from fastapi import APIRouter, status

from app import crud
from app.api.deps import CurrentUser, SessionDep, TokenDep
from app.api.errors import RATE_LIMITED, SESSION_USER_DELETED, ApiError, error_responses
from app.api.login_throttle import LoginThrottle, LoginThrottleDep
from app.core import security
from app.core.config import settings
from app.core.error_codes import ErrorCode
from app.models import (
    ConfirmPassword,
    Message,
    RecoveryCodes,
    RecoveryCodesLeft,
    UpdatePassword,
    User,
    UserPublic,
    UserUpdateMe,
)
from backend_host.text.password import canonical_password

USER_ME_ERRORS = SESSION_USER_DELETED | error_responses(
    s400="Code `incorrect_password`, `password_unchanged` or `session_user_inactive`.",
    s403="Code `session_expired`, `self_deletion` or `origin`.",
    s409="The email is taken (code `email_taken`).",
)

router = APIRouter(prefix="/users/me", tags=["users"], responses=RATE_LIMITED | USER_ME_ERRORS)


def confirm_password(throttle: LoginThrottle, user: User, password: str) -> None:
    """Raise 400 if `password` is not the user's password, 429 while throttled."""
    if not throttle.verify(user.email, lambda: crud.check_password(user=user, password=password)):
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.INCORRECT_PASSWORD, "Incorrect password")


@router.get("", response_model=UserPublic)
def read_user_me(current_user: CurrentUser) -> User:
    """Return the current user. While authentication is off, this is the default user."""
    return current_user


@router.patch("", response_model=UserPublic)
def update_user_me(session: SessionDep, current_user: CurrentUser, user_in: UserUpdateMe) -> User:
    """Change the current user's email or name."""
    try:
        return crud.update_user(session=session, db_user=current_user, user_in=user_in)
    except crud.EmailTakenError:
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.EMAIL_TAKEN, "User with this email already exists") from None


@router.delete("")
def delete_user_me(session: SessionDep, current_user: CurrentUser) -> Message:
    """Delete the current user and all of their items. Superusers cannot delete themselves."""
    if current_user.is_superuser:
        raise ApiError(
            status.HTTP_403_FORBIDDEN, ErrorCode.SELF_DELETION, "Super users are not allowed to delete themselves"
        )
    crud.delete_user(session=session, user=current_user)
    return Message(message="User deleted successfully")


@router.patch("/password")
def update_password_me(
    throttle: LoginThrottleDep, session: SessionDep, current_user: CurrentUser, token: TokenDep, body: UpdatePassword
) -> Message:
    """Change the current user's password. Revokes all other sessions."""
    version = current_user.token_version
    session_id = security.read_access_token(token).jti if token and settings.AUTH_REQUIRED else ""
    confirm_password(throttle, current_user, body.current_password)
    if body.new_password == canonical_password(body.current_password):
        raise ApiError(
            status.HTTP_400_BAD_REQUEST,
            ErrorCode.PASSWORD_UNCHANGED,
            "New password cannot be the same as the current one",
        )
    changed = crud.set_password(
        session=session, user=current_user, password=body.new_password, version=version, session_id=session_id
    )
    if not changed:
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.INCORRECT_PASSWORD, "Incorrect password")
    return Message(message="Password updated successfully")


@router.get("/recovery-codes")
def count_recovery_codes(session: SessionDep, current_user: CurrentUser) -> RecoveryCodesLeft:
    """Return the number of unused recovery codes."""
    return RecoveryCodesLeft(count=crud.count_recovery_codes(session=session, user=current_user))


@router.post("/recovery-codes")
def issue_recovery_codes(
    throttle: LoginThrottleDep, session: SessionDep, current_user: CurrentUser, body: ConfirmPassword
) -> RecoveryCodes:
    """Replace all recovery codes with new ones, which are shown only once."""
    confirm_password(throttle, current_user, body.password)
    return RecoveryCodes(codes=crud.issue_recovery_codes(session=session, user=current_user))
