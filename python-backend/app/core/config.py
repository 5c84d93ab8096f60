"""The settings of this process, loaded when this module is imported."""

from collections.abc import Mapping
from typing import Any

from app.core.owner import has_owner
from app.core.settings import Settings
from backend_host.data.names import DATABASE_FILE
from backend_host.settings.sources import SettingsSources


def _keep_locked(loaded: Settings) -> Mapping[str, Any]:
    """A slip in config.json must not open what may have been locked."""
    asked = "AUTH_REQUIRED" in loaded.model_fields_set
    return {"AUTH_REQUIRED": True} if not asked and has_owner(loaded.DATA_DIR / DATABASE_FILE) else {}


sources = SettingsSources(Settings, on_broken_config=_keep_locked)
settings = sources.load()
