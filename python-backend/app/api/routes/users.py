from fastapi import APIRouter

from app.api.deps import CurrentUser
from app.api.errors import described
from app.models import User, UserPublic

router = APIRouter(prefix="/users", tags=["users"], responses=described(s404="The user is gone."))


@router.get("/me", response_model=UserPublic)
def read_user_me(current_user: CurrentUser) -> User:
    """The user this request acts for; with auth off, the default user."""
    return current_user
