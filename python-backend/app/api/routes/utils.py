from fastapi import APIRouter

router = APIRouter(prefix="/utils", tags=["utils"])


@router.get("/health-check/")
def health_check() -> bool:
    """Answers `true` as long as the backend serves. Open to everyone."""
    return True
