"""Routes that list, create and restore backups."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Annotated, Any

from fastapi import APIRouter, Path, params, status
from pydantic import BaseModel, ConfigDict

from backend_host.application import Database
from backend_host.database import backup
from backend_host.database.backup import BackupPublic, BackupReason
from backend_host.error_codes import HostErrorCode
from backend_host.http.error_response import ApiError
from backend_host.http.openapi import Responses


class BackupsPublic(BaseModel):
    data: list[BackupPublic]
    count: int


class Restored(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    restored: str
    previous_database_backup: BackupPublic | None
    """Backup of the replaced database; null if it could not be read."""


def backups_router(
    database: Callable[[], Database], *, dependencies: Sequence[params.Depends], responses: Responses
) -> APIRouter:
    """Routes at /backups for `database`. `dependencies` must reject users who may not read all data."""
    router = APIRouter(prefix="/backups", tags=["backups"], dependencies=dependencies, responses=responses)

    @router.get("/", response_model=BackupsPublic)
    def read_backups() -> dict[str, Any]:
        """All backups of the database, newest first."""
        backups = backup.list_all(database().engine)
        return {"data": backups, "count": len(backups)}

    @router.post("/")
    def create_backup() -> BackupPublic:
        """Copy the complete database, including all accounts. The five newest manual backups are retained."""
        return backup.create(database().engine, BackupReason.MANUAL)

    @router.post("/{name}/restore")
    def restore_backup(name: Annotated[str, Path(max_length=255)]) -> Restored:
        """Replace the database with a backup while the app runs. The replaced database is backed up first."""
        target = database()
        backup_file = backup.find(target.engine, name)
        if backup_file is None:
            raise ApiError(status.HTTP_404_NOT_FOUND, HostErrorCode.BACKUP_NOT_FOUND, "Backup not found")
        suspended = target.watcher.suspended if target.watcher else nullcontext
        result = target.restore.run(target.engine, backup_file, file_replacement_context=suspended)
        return Restored(restored=name, previous_database_backup=result.backup)

    return router
