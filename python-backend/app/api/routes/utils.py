import os
from typing import Any

from fastapi import APIRouter, status

from app import crud
from app.api.deps import CurrentSuperuser, SessionDep
from app.api.errors import NAMED, SESSION_USER_GONE, ApiError
from app.core import about
from app.core.config import settings
from app.core.schema import schema
from app.host import application
from app.models import DEFAULT_USER_ID, About, Diagnostics
from backend_host.database.schema import current_revision
from backend_host.error_codes import HostErrorCode
from backend_host.serving import readiness

router = APIRouter(prefix="/utils", tags=["utils"])


@router.get("/health-check/", responses=NAMED)
async def health_check() -> bool:
    """Answers `true` as long as the backend serves. Open to everyone."""
    return True  # without a thread: many slow requests are no reason to be taken for dead


@router.get("/ready/", include_in_schema=False)
def read_ready(session: SessionDep) -> dict[str, Any]:
    """For the launcher or orchestrator that this process must convince: which code answers, and that it reaches the database."""
    if readiness.is_stopping():
        raise ApiError(
            status.HTTP_503_SERVICE_UNAVAILABLE,
            HostErrorCode.STOPPING,
            "This process stops and takes no more requests.",
        )
    revision = current_revision(session.connection())
    if revision != schema.head_revision and settings.is_server:
        detail = f"The database is at revision {revision}, this code wants {schema.head_revision}."
        raise ApiError(status.HTTP_503_SERVICE_UNAVAILABLE, HostErrorCode.SCHEMA_DIFFERS, detail)
    crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    return {"pid": os.getpid(), "code_digest": application.code_digest(), "schema_revision": revision}


@router.get("/about/")
def read_about() -> About:
    """What a client must know before it logs in: versions, whether this is a server, whether it asks for a login or lets one sign up."""
    return About(
        version=settings.APP_VERSION,
        auth_required=settings.AUTH_REQUIRED,
        server=settings.is_server,
        api_version=about.API_VERSION,
        signup=settings.signup_allowed,
    )


@router.get("/diagnostics/", response_model=Diagnostics, responses=SESSION_USER_GONE)
def read_diagnostics(_: CurrentSuperuser) -> dict[str, Any]:
    """Versions, the runtime's origin and the data dir, for a report of a fault."""
    return about.diagnostics()
