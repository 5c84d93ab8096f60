from fastapi import APIRouter, Depends, status

from app import crud
from app.api.deps import SessionDep, get_current_active_superuser
from app.api.errors import SESSION_USER_DELETED, ApiError, error_responses
from app.core import runtime_settings
from app.core.config import settings
from app.core.db import DEFAULT_USER_NAME
from app.core.error_codes import ErrorCode
from app.core.runtime_settings import Owner, SettingsPublic, SettingsUpdate
from app.models import DEFAULT_USER_ID
from backend_host.error_codes import HostErrorCode

router = APIRouter(
    prefix="/settings",
    tags=["settings"],
    dependencies=[Depends(get_current_active_superuser)],
    responses=SESSION_USER_DELETED
    | error_responses(
        s409="Code `owner_required`, `owner_exists`, `email_taken` or, on a server, `settings_read_only`."
    ),
)

OWNER_EXISTS = "The default user already has a password. Change its email and password like any user's."
SETTINGS_READ_ONLY = "The settings of a server are environment variables of its service."


@router.get("/")
def read_settings() -> SettingsPublic:
    """Return the settings that can be changed while the backend runs, with their values now and after a restart."""
    return runtime_settings.read_settings()


@router.patch("/")
def update_settings(session: SessionDep, settings_in: SettingsUpdate) -> SettingsPublic:
    """Change settings. LOG_LEVEL applies immediately, AUTH_REQUIRED and PORT at the next start."""
    if settings.is_server:
        raise ApiError(status.HTTP_409_CONFLICT, HostErrorCode.SETTINGS_READ_ONLY, SETTINGS_READ_ONLY)
    if settings_in.owner:
        set_owner(session, settings_in.owner)
    if settings_in.AUTH_REQUIRED and not settings.AUTH_REQUIRED:
        require_owner(session)
    return runtime_settings.update_settings(settings_in)


def set_owner(session: SessionDep, owner: Owner) -> None:
    """Set email, password and name of the default user. Raises 409 if it already has a password."""
    user = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    if user is None or user.hashed_password:
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.OWNER_EXISTS, OWNER_EXISTS)
    name = {"full_name": None if user.full_name == DEFAULT_USER_NAME else user.full_name}
    fields = name | owner.model_dump(exclude_unset=True) | {"is_active": True, "is_superuser": True}
    try:
        crud.update_user(session=session, db_user=user, user_in=fields)
    except crud.EmailTakenError:
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.EMAIL_TAKEN, "User with this email already exists") from None


def require_owner(session: SessionDep) -> None:
    """Raise 409 unless the default user has a password and an active superuser can log in."""
    user = crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    if user is None or not user.hashed_password or not crud.has_active_superuser(session):
        detail = "The default user has no password. Send `owner`: an email and a password."
        raise ApiError(status.HTTP_409_CONFLICT, ErrorCode.OWNER_REQUIRED, detail)
