import os
from typing import Any

from fastapi import APIRouter, status

from app import crud
from app.api.deps import CurrentSuperuser, SessionDep
from app.api.errors import ERROR_MESSAGE_SCHEMA, SESSION_USER_DELETED, ApiError
from app.core import about
from app.core.config import settings
from app.core.schema import schema
from app.host import application, database
from app.models import DEFAULT_USER_ID, About
from backend_host.database.schema import current_revision
from backend_host.diagnostics import Diagnostics, diagnostics
from backend_host.error_codes import HostErrorCode
from backend_host.serving import readiness

router = APIRouter(prefix="/utils", tags=["utils"])


@router.get("/health-check/", responses=ERROR_MESSAGE_SCHEMA)
async def health_check() -> bool:
    """Return `true` while the backend serves. Needs no token."""
    return True  # async, so that it responds while all threads are busy


@router.get("/ready/", include_in_schema=False)
def read_ready(session: SessionDep) -> dict[str, Any]:
    """Readiness probe for launchers and orchestrators. Returns 503 during shutdown or without a usable database."""
    if readiness.is_stopping():
        raise ApiError(
            status.HTTP_503_SERVICE_UNAVAILABLE,
            HostErrorCode.STOPPING,
            "This process is shutting down. Send new requests to another one.",
        )
    revision = current_revision(session.connection())
    if revision != schema.head_revision and settings.is_server:
        detail = f"The database is at revision {revision}, this code needs {schema.head_revision}."
        raise ApiError(status.HTTP_503_SERVICE_UNAVAILABLE, HostErrorCode.SCHEMA_DIFFERS, detail)
    crud.get_user(session=session, user_id=DEFAULT_USER_ID)
    return {"pid": os.getpid(), "code_digest": application.code_digest(), "schema_revision": revision}


@router.get("/about/")
def read_about() -> About:
    """Return the versions, and whether the backend is a server, requires a login and allows sign-up. Needs no login."""
    return About(
        version=settings.APP_VERSION,
        auth_required=settings.AUTH_REQUIRED,
        server=settings.is_server,
        api_version=about.API_VERSION,
        signup=settings.signup_allowed,
    )


@router.get("/diagnostics/", responses=SESSION_USER_DELETED)
def read_diagnostics(_: CurrentSuperuser) -> Diagnostics:
    """Return versions, the runtime's origin and the data dir, for error reports."""
    return diagnostics(application, database())
