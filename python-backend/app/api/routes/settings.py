from fastapi import APIRouter, Depends, status

from app import crud
from app.api.deps import SessionDep, get_current_active_superuser
from app.api.errors import SESSION_USER_GONE, ApiError, error_responses
from app.core import runtime_settings
from app.core.config import settings
from app.core.db import LOCAL_NAME
from app.core.error_codes import ErrorCode
from app.core.runtime_settings import Owner, SettingsPublic, SettingsUpdate
from app.models import DEFAULT_USER_ID
from backend_host.error_codes import HostErrorCode

router = APIRouter(
    prefix="/settings",
    tags=["settings"],
    dependencies=[Depends(get_current_active_superuser)],
    responses=SESSION_USER_GONE
    | error_responses(s409="Code `owner_required`, `owner_exists`, `email_taken` or, on a server, `server_settings`."),
)


OWNED = "The default user already has a password: send no `owner`. Its email and password can be changed as any user's."


OF_A_SERVER = "This is a server: its settings are variables of its service, the same for all of its processes."


@router.get("/")
def read_settings() -> SettingsPublic:
    """The settings that can be changed while the backend runs, now and after a restart."""
    return runtime_settings.read()


@router.patch("/")
def update_settings(session: SessionDep, settings_in: SettingsUpdate) -> SettingsPublic:
    """Change settings. LOG_LEVEL takes effect at once, AUTH_REQUIRED and PORT at the next start."""
    if settings.is_server:
        raise ApiError(status.HTTP_409_CONFLICT, HostErrorCode.SERVER_SETTINGS, OF_A_SERVER)
    if settings_in.owner:
        make_owner(session, settings_in.owner)
    if settings_in.AUTH_REQUIRED and not settings.AUTH_REQUIRED:
        require_owner(session)
    return runtime_settings.change(settings_in)


def make_owner(session: SessionDep, owner: Owner) -> None:
    """Turn the default user, as long as it has no password, into an account somebody can log in to."""
    user = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    if user is None or user.hashed_password:
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.OWNER_EXISTS, OWNED)
    name = {"full_name": None if user.full_name == LOCAL_NAME else user.full_name}
    fields = name | owner.model_dump(exclude_unset=True) | {"is_active": True, "is_superuser": True}
    try:
        crud.update_user(session=session, db_user=user, user_in=fields)
    except crud.EmailTakenError:
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.EMAIL_TAKEN, "User with this email already exists") from None


def require_owner(session: SessionDep) -> None:
    """409 unless the default user, and an active superuser, could log in: nobody is to be locked out."""
    user = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    if user is None or not user.hashed_password or not crud.has_active_superuser(session):
        detail = (
            "The default user has no password, so nobody could log in to it. Send `owner`: an email and a password."
        )
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.OWNER_REQUIRED, detail)
