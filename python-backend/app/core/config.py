"""Where the settings come from: flag, variable, config.json in the data dir, default. The only reader of the environment."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from pydantic import ValidationError

from app.core.owner import has_owner
from app.core.settings import DATABASE, Settings
from backend_host.data import data_dir
from backend_host.data.files import unusable
from backend_host.errors import ConfigError
from backend_host.launch import flags
from backend_host.settings import config_file

logger = logging.getLogger(__name__)

LAUNCH_ONLY = frozenset(
    {
        "DATA_DIR",
        "LISTEN_FD",
        "LOCK_FD",
        "HANDOVER_ON_STDIN",
        "ON_TRIAL",
        "LAUNCH_TOKEN",
        "APP_VERSION",
        "STATIC_DIR",
        "BACKEND_CORS_ORIGINS",
        "SECRET_KEY",
        "FASTAPI_ENV",
        "DATABASE_URL",
    }
)
"""Settings that belong to one launch, are secret, or open doors: refused in config.json."""


def config_path() -> Path:
    """Where config.json lies or would lie: in the data dir, which only a flag or a variable can name. Raises ConfigError."""
    named = flags.given.get("DATA_DIR") or os.environ.get("DATA_DIR") or Settings.model_fields["DATA_DIR"].default
    try:
        return Path(named).expanduser() / "config.json"
    except RuntimeError:  # ~ of a user that there is not
        raise ConfigError(f"DATA_DIR {named} names no user of this computer. Correct the flag or variable.") from None


def overridden_by(name: str) -> Literal["flag", "variable"] | None:
    """What wins over config.json for a setting, if anything does."""
    if name in flags.given:
        return "flag"
    return "variable" if os.environ.get(name) else None


def trusts_proxy(settings: Settings) -> bool:
    """Whether X-Forwarded-For counts. Uvicorn trusts loopback by default: on one person's own machine any program could
    forge the address that failed logins are counted for."""
    return settings.is_server or "FORWARDED_ALLOW_IPS" in os.environ


def resolve() -> tuple[Settings, dict[str, Any], str | None]:
    """The settings of a start right now, the usable preferences in config.json, and what is wrong with that file.

    Raises ConfigError with every fault named when a flag or variable is wrong.
    """
    if os.environ.get("DATABASE_URL") == "":  # a slip in a server's environment must not open SQLite to everybody
        raise ConfigError(
            "DATABASE_URL is set, but empty. Give the database's address, or unset the variable for SQLite."
        )
    preferences, reason = config_file.read(config_path())
    faults = [reason] if reason else []
    faults += [f"{name} can't be set there" for name in sorted(LAUNCH_ONLY & preferences.keys())]
    good = {name: value for name, value in preferences.items() if name not in LAUNCH_ONLY}
    try:
        chosen = Settings(**good)
    except ValidationError as error:
        found = {str(fault["loc"][0]): fault["msg"].rstrip(".") for fault in error.errors()}
        if outside := [f"{name}: {text}" for name, text in found.items() if name not in good or overridden_by(name)]:
            raise ConfigError(
                f"These settings can't be used: {'; '.join(outside)}. Correct the flag or variable."
            ) from None
        faults += [f"{name}: {text}" for name, text in found.items()]
        good = {name: value for name, value in good.items() if name not in found}
        chosen = Settings(**good)
    if faults and "AUTH_REQUIRED" not in chosen.model_fields_set and has_owner(chosen.DATA_DIR / DATABASE):
        # A slip in config.json must not open what may have been locked.
        good["AUTH_REQUIRED"] = chosen.AUTH_REQUIRED = True
    return chosen, good, "; ".join(faults) or None


def change(changes: Mapping[str, Any]) -> None:
    """Store `changes` beside the other preferences in config.json, whole or not at all. Raises OSError."""
    with _changing:
        _, good, fault = resolve()
        if fault:
            logger.warning("%s was edited and is broken: %s", config_path(), fault)
            config_file.set_aside(config_path(), fault, good)
        config_file.write(config_path(), {**good, **changes})


def load() -> Settings:
    """Build the settings from flags, environment and config.json. Raises ConfigError for a flag or a variable.

    A broken config.json is set aside and survived: whatever in it can be used still counts. Raises DataDirError for a
    data dir that can't be used, before anything in it is read. A server keeps its data elsewhere.
    """
    _check_data_dir(config_path().absolute())
    loaded, good, fault = resolve()
    if fault:
        loaded._set_aside = config_file.set_aside(config_path(), fault, good)
    return loaded


def _check_data_dir(config: Path) -> None:
    try:
        if os.environ.get("DATABASE_URL"):
            data_dir.require_private_file(config)
        else:
            data_dir.require_usable(config.parent)
            data_dir.require_private(config.parent)
    except OSError as error:
        raise unusable(f"The data dir {config.parent} can't be used", error) from error


_changing = Lock()
settings = load()
