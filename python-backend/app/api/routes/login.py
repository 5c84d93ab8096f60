from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, status
from fastapi.security import OAuth2PasswordRequestForm

from app import crud
from app.api.deps import CurrentUser, SessionDep
from app.api.errors import RATE_LIMITED, SESSION_USER_DELETED, ApiError, error_responses
from app.api.login_throttle import HashSlot, LoginThrottleDep
from app.core import security
from app.core.config import settings
from app.core.error_codes import ErrorCode
from app.models import Message, NewPassword, RecoverPassword, ResetToken, Token, User, UserPublic
from app.models.fields import EXAMPLE_EMAIL

LOGIN_ERRORS = (
    "Code `incorrect_login`, `user_inactive`, `incorrect_recovery_code` or `reset_token_invalid`; or the session's user is "
    "inactive (`session_user_inactive`)."
)

router = APIRouter(
    prefix="/login", tags=["login"], responses=RATE_LIMITED | error_responses(s400=LOGIN_ERRORS) | SESSION_USER_DELETED
)


FORM_EXAMPLE = {
    "application/x-www-form-urlencoded": {"example": {"username": EXAMPLE_EMAIL, "password": "a long sentence"}}
}


@router.post("/access-token", openapi_extra={"requestBody": {"content": FORM_EXAMPLE}})
def login_access_token(
    throttle: LoginThrottleDep, session: SessionDep, form: Annotated[OAuth2PasswordRequestForm, Depends()]
) -> Token:
    """Return an access token for an email (as `username`) and password."""
    user = throttle.verify(
        form.username, lambda: crud.authenticate(session=session, email=form.username, password=form.password)
    )
    if user is None:
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.INCORRECT_LOGIN, "Incorrect email or password")
    if not user.is_active:
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.USER_INACTIVE, "Inactive user")
    lifetime = timedelta(minutes=settings.ACCESS_TOKEN_EXPIRE_MINUTES)
    return Token(access_token=security.create_access_token(user.id, lifetime, version=user.token_version))


@router.post("/test-token", response_model=UserPublic)
def test_token(current_user: CurrentUser) -> User:
    """Return the user of the access token."""
    return current_user


@router.post("/recover-password")
def recover_password(throttle: LoginThrottleDep, session: SessionDep, body: RecoverPassword) -> ResetToken:
    """Return a token that sets a new password. Uses up one of the account's recovery codes."""
    user = throttle.verify(
        body.email, lambda: crud.use_recovery_code(session=session, email=body.email, code=body.code)
    )
    if user is None:
        raise ApiError(
            status.HTTP_400_BAD_REQUEST, ErrorCode.INCORRECT_RECOVERY_CODE, "Incorrect email or recovery code"
        )
    token = security.create_reset_token(user.id, version=user.token_version)
    return ResetToken(token=token, expires_in_s=security.RESET_TOKEN_MINUTES * 60)


@router.post("/reset-password", dependencies=[HashSlot])
def reset_password(session: SessionDep, body: NewPassword) -> Message:
    """Set a new password with the single-use token of `recover-password`. Revokes all sessions of the account."""
    try:
        payload = security.read_reset_token(body.token)
    except ValueError:
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.RESET_TOKEN_INVALID, "Invalid token") from None
    user = crud.get_user(session=session, user_id=payload.sub)
    if user is None or not user.is_active:
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.RESET_TOKEN_INVALID, "Invalid token")
    if not crud.set_password(session=session, user=user, password=body.new_password, version=payload.ver):
        raise ApiError(status.HTTP_400_BAD_REQUEST, ErrorCode.RESET_TOKEN_INVALID, "Invalid token")
    return Message(message="Password updated successfully")
