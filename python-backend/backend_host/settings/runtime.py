"""API models of settings that can be changed at run time."""

import socket
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from backend_host.settings.base import HostSettings, LogLevel, Port
from backend_host.settings.config_file import InvalidConfig
from backend_host.settings.sources import SettingsSources, overridden_by


class ApiModel(BaseModel):
    """Base of API models. Docstrings of fields are their descriptions in the OpenAPI document."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class SettingState(ApiModel):
    restart_needed: bool
    """Whether a restart changes the value."""
    overridden_by: Literal["flag", "variable"] | None
    """What overrides config.json: a command-line flag or an environment variable.

    A change takes effect only after the flag or variable is removed.
    """


class SwitchState(SettingState):
    value: bool
    after_restart: bool


class PortState(SettingState):
    value: Port
    after_restart: Port


class LogLevelState(SettingState):
    value: LogLevel
    after_restart: LogLevel


class ConfigFault(ApiModel):
    reason: str
    moved_to: str | None
    """Path to which the invalid config.json was moved. Null if it was not moved."""


class RuntimeSettings[S: HostSettings]:
    """The settings of this process compared with those after a restart."""

    def __init__(self, settings: S, sources: SettingsSources[S]) -> None:
        self._settings = settings
        self.after_restart, _, self._problem = sources.resolve()

    def state(self, name: str) -> dict[str, Any]:
        """Return the fields of a SettingState for the setting `name`."""
        current, after_restart = getattr(self._settings, name), getattr(self.after_restart, name)
        return {
            "value": current,
            "after_restart": after_restart,
            "restart_needed": current != after_restart,
            "overridden_by": overridden_by(name),
        }

    def port(self) -> PortState:
        """Return the state of PORT.

        With an inherited socket, the value is the bound port, or 0 if PORT is 0. A restart is needed only if PORT is then
        neither 0 nor the bound port: the launcher reads PORT from the same config.json, and retains its socket if it
        is 0.
        """
        state = self.state("PORT")
        if self._settings.LISTEN_FD is not None:
            bound, after_restart = _bound_port(self._settings.LISTEN_FD), self.after_restart.PORT
            state |= {"value": bound if self._settings.PORT else 0, "restart_needed": after_restart not in {0, bound}}
        return PortState(**state)

    def config_fault(self) -> ConfigFault | None:
        """Return why config.json is invalid now or was invalid at the start; None if it was valid."""
        invalid = self._settings.invalid_config or (InvalidConfig(self._problem, None) if self._problem else None)
        if invalid is None:
            return None
        return ConfigFault(reason=invalid.reason, moved_to=str(invalid.moved_to) if invalid.moved_to else None)


def _bound_port(fd: int) -> int:
    listener = socket.socket(fileno=fd)  # not a duplicate: os.dup does not support sockets on Windows
    try:
        return int(listener.getsockname()[1])
    finally:
        listener.detach()
