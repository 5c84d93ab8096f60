"""Settings that can be changed at run time, as an API shows them."""

import socket
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from backend_host.settings.base import HostSettings, LogLevel, Port
from backend_host.settings.config_file import BrokenConfig
from backend_host.settings.sources import SettingsSources, overridden_by


class ApiModel(BaseModel):
    """Docstrings of fields are their descriptions in the API's document."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class SettingState(ApiModel):
    restart_needed: bool
    """Whether the value after a restart is another one than now."""
    overridden_by: Literal["flag", "variable"] | None
    """What wins over config.json, so that a change made here does nothing yet."""


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
    set_aside: str | None
    """Where the broken config.json lies now; None when it is still in its place."""


class RuntimeSettings[S: HostSettings]:
    """The settings now, after a restart, and why."""

    def __init__(self, settings: S, sources: SettingsSources[S]) -> None:
        self._settings = settings
        self.after_restart, _, self._fault = sources.resolve()

    def state(self, name: str) -> dict[str, Any]:
        """Fields of the SettingState of a setting that a restart applies."""
        now, later = getattr(self._settings, name), getattr(self.after_restart, name)
        return {
            "value": now,
            "after_restart": later,
            "restart_needed": now != later,
            "overridden_by": overridden_by(name),
        }

    def port(self) -> PortState:
        """A launcher that hands over its socket reads the same config.json, and keeps the socket while any port will do."""
        state = self.state("PORT")
        if self._settings.LISTEN_FD is not None:
            bound, later = _bound_port(self._settings.LISTEN_FD), self.after_restart.PORT
            state |= {"value": bound if self._settings.PORT else 0, "restart_needed": later not in {0, bound}}
        return PortState(**state)

    def config_fault(self) -> ConfigFault | None:
        """What is wrong with config.json, or was at the start."""
        broken = self._settings.broken_config or (BrokenConfig(self._fault, None) if self._fault else None)
        if broken is None:
            return None
        return ConfigFault(reason=broken.reason, set_aside=str(broken.path) if broken.path else None)


def _bound_port(fd: int) -> int:
    handed_over = socket.socket(fileno=fd)  # not a copy: Windows' os.dup takes no sockets
    try:
        return int(handed_over.getsockname()[1])
    finally:
        handed_over.detach()
