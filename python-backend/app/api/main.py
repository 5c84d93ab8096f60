"""The router with all routes."""

from fastapi import APIRouter

from app.api.errors import COMMON_ERRORS
from app.api.routes import backups, item_files, items, login, me, private, settings, users, utils
from app.core.config import settings as app_settings

api_router = APIRouter(responses=COMMON_ERRORS)
# Ordered by request frequency: FastAPI compiles a router's routes at its first lookup. Exceptions: item_files precedes
# items and me precedes users, whose paths `{item_id}` and `{user_id}` also match `export` and `me`.
api_router.include_router(utils.router)
api_router.include_router(item_files.router)
api_router.include_router(items.router)
api_router.include_router(login.router)
api_router.include_router(me.router)
api_router.include_router(users.router)
api_router.include_router(settings.router)
api_router.include_router(backups.router)
if app_settings.FASTAPI_ENV == "development":
    api_router.include_router(private.router)
