"""Loads settings, in this order: flag, environment variable, config.json, default. The only module that reads os.environ."""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from pydantic import ValidationError

from backend_host.data import data_dir
from backend_host.data.files import data_dir_error
from backend_host.errors import ConfigError
from backend_host.launch import flags
from backend_host.settings import config_file
from backend_host.settings.base import HostSettings

logger = logging.getLogger(__name__)


def overridden_by(name: str) -> Literal["flag", "variable"] | None:
    """Return what overrides config.json for a setting; None if nothing does."""
    if name in flags.parsed:
        return "flag"
    return "variable" if os.environ.get(name) else None


def trusts_proxy(settings: HostSettings) -> bool:
    """Whether uvicorn evaluates X-Forwarded-For.

    On a desktop, trusting loopback (uvicorn's default) would let any local program forge the address by which failed
    logins are throttled.
    """
    return settings.is_server or "FORWARDED_ALLOW_IPS" in os.environ


class SettingsSources[S: HostSettings]:
    """Loads an app's settings and changes its config.json."""

    def __init__(
        self, settings_class: type[S], *, on_invalid_config: Callable[[S], Mapping[str, Any]] = lambda _settings: {}
    ) -> None:
        """`on_invalid_config` returns settings to enforce and store if config.json is invalid, so that a typo in the file
        does not disable a protection."""
        self._class = settings_class
        self._on_invalid_config = on_invalid_config
        self._changing = Lock()

    def config_path(self) -> Path:
        """Return the path of config.json in the data dir, which a flag or variable names. Raises ConfigError."""
        default = self._class.model_fields["DATA_DIR"].default
        named = flags.parsed.get("DATA_DIR") or os.environ.get("DATA_DIR") or default
        try:
            return Path(named).expanduser() / "config.json"
        except RuntimeError:
            raise ConfigError(
                f"DATA_DIR {named}: ~ does not name a user of this computer. Correct the flag or variable."
            ) from None

    def resolve(self) -> tuple[S, dict[str, Any], str | None]:
        """Return the settings that a start would use now, the valid preferences of config.json, and what is invalid in it or None.

        Raises ConfigError that lists all invalid flags and variables.
        """
        if os.environ.get("DATABASE_URL") == "":  # a typo in a server's environment must not serve SQLite without auth
            raise ConfigError("DATABASE_URL is empty. Set it to the database's URL, or unset it to use SQLite.")
        launch_only = self._class.LAUNCH_ONLY
        preferences, reason = config_file.read(self.config_path())
        problems = [reason] if reason else []
        problems += [f"{name} can't be set there" for name in sorted(launch_only & preferences.keys())]
        valid = {name: value for name, value in preferences.items() if name not in launch_only}
        try:
            settings = self._class(**valid)
        except ValidationError as error:
            messages = {str(details["loc"][0]): details["msg"].rstrip(".") for details in error.errors()}
            if override_errors := [
                f"{name}: {text}" for name, text in messages.items() if name not in valid or overridden_by(name)
            ]:
                raise ConfigError(
                    f"Invalid settings: {'; '.join(override_errors)}. Correct the flag or variable."
                ) from None
            problems += [f"{name}: {text}" for name, text in messages.items()]
            valid = {name: value for name, value in valid.items() if name not in messages}
            settings = self._class(**valid)
        if problems:
            for name, value in self._on_invalid_config(settings).items():
                valid[name] = value
                setattr(settings, name, value)
        return settings, valid, "; ".join(problems) or None

    def change(self, changes: Mapping[str, Any]) -> None:
        """Store `changes` in config.json and preserve the other preferences. Atomic. Raises OSError."""
        with self._changing:
            _, valid, problem = self.resolve()
            if problem:
                logger.warning("%s is invalid: %s", self.config_path(), problem)
                config_file.move_invalid(self.config_path(), problem, valid)
            config_file.write(self.config_path(), {**valid, **changes})

    def load(self) -> S:
        """Return the settings of this process.

        An invalid config.json is renamed, and its valid preferences are used. Raises ConfigError for an invalid flag or
        variable, and DataDirError for an unusable data dir before any file in it is read.
        """
        _check_data_dir(self.config_path().absolute())
        loaded, valid, problem = self.resolve()
        if problem:
            loaded._invalid_config = config_file.move_invalid(self.config_path(), problem, valid)
        return loaded


def _check_data_dir(config: Path) -> None:
    try:
        if os.environ.get("DATABASE_URL"):
            data_dir.require_private_file(config)
        else:
            data_dir.require_usable(config.parent)
            data_dir.require_private(config.parent)
    except OSError as error:
        raise data_dir_error(f"The data dir {config.parent} can't be used", error) from error
