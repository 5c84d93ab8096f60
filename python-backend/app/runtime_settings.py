"""The settings that can be changed while the backend runs, kept in config.json."""

import socket
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictBool, model_validator

from app.core import config
from app.core.config import settings
from app.core.settings import LogLevel, Port
from app.models import EMAIL, MAX_TEXT, Email, FullName, Password
from backend_host import log
from backend_host.settings import config_file


class ApiModel(BaseModel):
    """What a docstring says of a field, the API's description says too."""

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


class SettingsPublic(ApiModel):
    AUTH_REQUIRED: SwitchState
    PORT: PortState
    LOG_LEVEL: LogLevelState
    config_fault: ConfigFault | None


class Owner(ApiModel):
    """Who logs in to the default user's account from now on."""

    model_config = ConfigDict(extra="forbid")

    email: Email = Field(max_length=MAX_TEXT, examples=[EMAIL])
    password: Password
    full_name: FullName | None = None


class SettingsUpdate(ApiModel):
    # Factories, not None: a setting may be left out, and is then not touched, but null is no value for it.
    model_config = ConfigDict(extra="forbid")

    AUTH_REQUIRED: StrictBool = Field(default_factory=bool)
    """From the next start. Turning it on needs an active superuser with a password: `owner` makes one."""
    PORT: Annotated[Port, Strict()] = Field(default_factory=int)
    """From the next start."""
    LOG_LEVEL: LogLevel = Field(default_factory=lambda: "info")
    """At once."""
    owner: Owner | None = None

    @model_validator(mode="after")
    def _owner_of_what(self) -> SettingsUpdate:
        if self.owner and not self.AUTH_REQUIRED:
            raise ValueError("owner goes with AUTH_REQUIRED: true")
        return self


def read() -> SettingsPublic:
    """Every such setting: now, after a restart, and why."""
    later, _, fault = config.resolve()
    set_aside = settings.set_aside or (config_file.SetAside(fault, None) if fault else None)
    return SettingsPublic(
        AUTH_REQUIRED=SwitchState(
            value=settings.AUTH_REQUIRED,
            after_restart=later.AUTH_REQUIRED,
            restart_needed=settings.AUTH_REQUIRED != later.AUTH_REQUIRED,
            overridden_by=config.overridden_by("AUTH_REQUIRED"),
        ),
        PORT=_port(later.PORT),
        LOG_LEVEL=LogLevelState(
            value=settings.LOG_LEVEL,
            after_restart=later.LOG_LEVEL,
            restart_needed=settings.LOG_LEVEL != later.LOG_LEVEL,
            overridden_by=config.overridden_by("LOG_LEVEL"),
        ),
        config_fault=set_aside
        and ConfigFault(reason=set_aside.reason, set_aside=set_aside.path and str(set_aside.path)),
    )


def _port(later: int) -> PortState:
    """A launcher that hands over its socket reads the same config.json, and keeps the socket while any port will do."""
    if settings.LISTEN_FD is None:
        now, needed = settings.PORT, later != settings.PORT
    else:
        bound = _bound_port(settings.LISTEN_FD)
        now, needed = bound if settings.PORT else 0, later not in {0, bound}
    return PortState(value=now, after_restart=later, restart_needed=needed, overridden_by=config.overridden_by("PORT"))


def _bound_port(fd: int) -> int:
    handed_over = socket.socket(fileno=fd)  # not a copy: Windows' os.dup takes no sockets
    try:
        return int(handed_over.getsockname()[1])
    finally:
        handed_over.detach()


def change(update: SettingsUpdate) -> SettingsPublic:
    """Store the settings given and apply what applies at once. Raises OSError when config.json can't be written."""
    changes = update.model_dump(exclude_unset=True, exclude={"owner"})
    if changes:
        config.change(changes)
    if "LOG_LEVEL" in changes:
        settings.LOG_LEVEL = config.resolve()[0].LOG_LEVEL
        log.set_level(settings.LOG_LEVEL)
    return read()
