"""Routes for browser tests. They exist only with FASTAPI_ENV=development."""

from fastapi import APIRouter

from app.api.deps import SessionDep
from app.api.errors import RATE_LIMITED
from app.api.login_throttle import HashSlot
from app.api.routes.users import create_user_or_400
from app.models import User, UserCreate, UserPublic, UserRegister

router = APIRouter(prefix="/private", tags=["private"])


class PrivateUserCreate(UserRegister):
    """The user to create."""


@router.post("/users/", dependencies=[HashSlot], responses=RATE_LIMITED, response_model=UserPublic)
def create_user(session: SessionDep, user_in: PrivateUserCreate) -> User:
    """Create a user without authentication."""
    return create_user_or_400(session, UserCreate.model_validate(user_in.model_dump()))
