"""Loads the settings of this process on import."""

from collections.abc import Mapping
from typing import Any

from app.core.default_user import default_user_has_password
from app.core.settings import Settings
from backend_host.data.names import DATABASE_FILE
from backend_host.settings.sources import SettingsSources


def _preserve_auth(loaded: Settings) -> Mapping[str, Any]:
    """Turn authentication on if config.json is invalid and the default user has a password.

    The file may have turned it on. A valid AUTH_REQUIRED, from any source, takes precedence.
    """
    configured = "AUTH_REQUIRED" in loaded.model_fields_set
    return (
        {"AUTH_REQUIRED": True} if not configured and default_user_has_password(loaded.DATA_DIR / DATABASE_FILE) else {}
    )


sources = SettingsSources(Settings, on_invalid_config=_preserve_auth)
settings = sources.load()
