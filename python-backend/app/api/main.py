"""All routes under one roof."""

from fastapi import APIRouter

from app.api.errors import ANYWHERE
from app.api.routes import backups, item_files, items, users, utils

api_router = APIRouter(responses=ANYWHERE)
api_router.include_router(users.router)
api_router.include_router(item_files.router)
api_router.include_router(items.router)
api_router.include_router(backups.router)
api_router.include_router(utils.router)
