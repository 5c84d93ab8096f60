"""Where settings come from: flag, variable, config.json in the data dir, default. The only reader of the environment."""

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
    """What overrides config.json for a setting, if anything does."""
    if name in flags.parsed:
        return "flag"
    return "variable" if os.environ.get(name) else None


def trusts_proxy(settings: HostSettings) -> bool:
    """Whether X-Forwarded-For counts. Uvicorn trusts loopback by default, where any local program could forge the
    address by which failed logins are counted."""
    return settings.is_server or "FORWARDED_ALLOW_IPS" in os.environ


class SettingsSources[S: HostSettings]:
    """Loads an app's settings class, and changes its config.json."""

    def __init__(
        self, settings_class: type[S], *, on_broken_config: Callable[[S], Mapping[str, Any]] = lambda _settings: {}
    ) -> None:
        """`on_broken_config` returns settings to enforce, and to store, if config.json is broken: a slip in that file must
        not open what it may have locked."""
        self._class = settings_class
        self._on_broken_config = on_broken_config
        self._changing = Lock()

    def config_path(self) -> Path:
        """Path of config.json: in the data dir, which only a flag or a variable can name. Raises ConfigError."""
        default = self._class.model_fields["DATA_DIR"].default
        named = flags.parsed.get("DATA_DIR") or os.environ.get("DATA_DIR") or default
        try:
            return Path(named).expanduser() / "config.json"
        except RuntimeError:  # ~ of an unknown user
            raise ConfigError(
                f"DATA_DIR {named} names no user of this computer. Correct the flag or variable."
            ) from None

    def resolve(self) -> tuple[S, dict[str, Any], str | None]:
        """The settings of a start right now, the usable preferences in config.json, and what is wrong with that file.

        Raises ConfigError with every fault named when a flag or variable is wrong.
        """
        if os.environ.get("DATABASE_URL") == "":  # a slip in a server's environment must not open SQLite to everybody
            raise ConfigError(
                "DATABASE_URL is set, but empty. Give the database's address, or unset the variable for SQLite."
            )
        launch_only = self._class.LAUNCH_ONLY
        preferences, reason = config_file.read(self.config_path())
        faults = [reason] if reason else []
        faults += [f"{name} can't be set there" for name in sorted(launch_only & preferences.keys())]
        valid = {name: value for name, value in preferences.items() if name not in launch_only}
        try:
            chosen = self._class(**valid)
        except ValidationError as error:
            found = {str(fault["loc"][0]): fault["msg"].rstrip(".") for fault in error.errors()}
            if outside := [
                f"{name}: {text}" for name, text in found.items() if name not in valid or overridden_by(name)
            ]:
                raise ConfigError(
                    f"These settings can't be used: {'; '.join(outside)}. Correct the flag or variable."
                ) from None
            faults += [f"{name}: {text}" for name, text in found.items()]
            valid = {name: value for name, value in valid.items() if name not in found}
            chosen = self._class(**valid)
        if faults:
            for name, value in self._on_broken_config(chosen).items():
                valid[name] = value
                setattr(chosen, name, value)
        return chosen, valid, "; ".join(faults) or None

    def change(self, changes: Mapping[str, Any]) -> None:
        """Store `changes` beside the other preferences in config.json, atomically. Raises OSError."""
        with self._changing:
            _, valid, fault = self.resolve()
            if fault:
                logger.warning("%s was edited and is broken: %s", self.config_path(), fault)
                config_file.move_broken(self.config_path(), fault, valid)
            config_file.write(self.config_path(), {**valid, **changes})

    def load(self) -> S:
        """The settings of this process. Raises ConfigError for a flag or a variable.

        A broken config.json is renamed, and what is usable in it still counts. Raises DataDirError for a data dir that
        can't be used, before anything in it is read. A server has its data elsewhere.
        """
        _check_data_dir(self.config_path().absolute())
        loaded, valid, fault = self.resolve()
        if fault:
            loaded._broken_config = config_file.move_broken(self.config_path(), fault, valid)
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
