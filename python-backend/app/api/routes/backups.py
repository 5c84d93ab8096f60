from contextlib import nullcontext
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, status

from app.api.deps import get_current_active_superuser
from app.api.errors import ApiError, error_responses
from app.core import restore
from app.core.db import engine, watcher
from app.models import BackupPublic, BackupReason, BackupsPublic, Restored
from backend_host.database import backup
from backend_host.error_codes import HostErrorCode

router = APIRouter(
    prefix="/backups",
    tags=["backups"],
    dependencies=[Depends(get_current_active_superuser)],
    responses=error_responses(
        s404="No such backup (code `backup_not_found`), or the session's user was deleted (`session_user_deleted`).",
        s409="This is a server's database, which its own tools back up (code `server_backup`); or the backup is damaged or of a newer version (`backup_unusable`).",
    ),
)


@router.get("/", response_model=BackupsPublic)
def read_backups() -> dict[str, Any]:
    """Every backup of the database, newest first."""
    backups = backup.list_all(engine)
    return {"data": backups, "count": len(backups)}


@router.post("/")
def create_backup() -> BackupPublic:
    """Copy the whole database, everyone's items and accounts. The five newest made so are kept."""
    return backup.create(engine, BackupReason.MANUAL)


@router.post("/{name}/restore")
def restore_backup(name: Annotated[str, Path(max_length=255)]) -> Restored:
    """Replace everything by the backup of that name, at once and while the app runs. What is replaced is kept."""
    chosen = backup.find(engine, name)
    if chosen is None:
        raise ApiError(status.HTTP_404_NOT_FOUND, HostErrorCode.BACKUP_NOT_FOUND, "Backup not found")
    replaced = restore.restore(engine, chosen, replacing_file=watcher.suspended if watcher else nullcontext)
    return Restored(restored=name, kept_as=replaced.backup)
