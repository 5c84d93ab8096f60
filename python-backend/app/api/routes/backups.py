from fastapi import Depends

from app.api.deps import get_current_active_superuser
from app.api.errors import error_responses
from app.host import database
from backend_host.http.backups import backups_router

router = backups_router(
    database,
    dependencies=[Depends(get_current_active_superuser)],
    responses=error_responses(
        s404="The backup does not exist (code `backup_not_found`), or the session's user was deleted (`session_user_deleted`).",
        s409="This is a server's database, which PostgreSQL's tools back up (code `backups_unsupported`); or the backup is damaged or from a newer version (`backup_unusable`).",
    ),
)
