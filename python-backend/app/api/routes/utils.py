from typing import Any

from fastapi import APIRouter

from app.api.deps import CurrentSuperuser
from app.api.errors import NAMED, described
from app.core import about
from app.core.config import settings
from app.models import About, Diagnostics

router = APIRouter(prefix="/utils", tags=["utils"])


@router.get("/health-check/", responses=NAMED)
async def health_check() -> bool:
    """Answers `true` as long as the backend serves. Open to everyone."""
    return True  # without a thread: many slow requests are no reason to be taken for dead


@router.get("/about/")
def read_about() -> About:
    """The version, and whether one must log in. Needs no login."""
    return About(version=settings.APP_VERSION, auth_required=settings.AUTH_REQUIRED)


@router.get("/diagnostics/", response_model=Diagnostics, responses=described(s404="The user is gone."))
def read_diagnostics(_: CurrentSuperuser) -> dict[str, Any]:
    """Versions, the runtime's origin and the data dir, for a report of a fault."""
    return about.diagnostics()
