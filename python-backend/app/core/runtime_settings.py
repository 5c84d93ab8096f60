"""Reads and updates the settings that can be changed while the backend runs. config.json stores them."""

from typing import Annotated

from pydantic import ConfigDict, Field, Strict, StrictBool, model_validator

from app.core.config import settings, sources
from app.models.fields import EXAMPLE_EMAIL, MAX_TEXT, Email, FullName, Password
from backend_host import log
from backend_host.settings.base import LogLevel, Port
from backend_host.settings.runtime import (
    ApiModel,
    ConfigFault,
    LogLevelState,
    PortState,
    RuntimeSettings,
    SwitchState,
)


class SettingsPublic(ApiModel):
    AUTH_REQUIRED: SwitchState
    PORT: PortState
    LOG_LEVEL: LogLevelState
    config_fault: ConfigFault | None


class Owner(ApiModel):
    """Email, password and name for the default user, who can then log in."""

    model_config = ConfigDict(extra="forbid")

    email: Email = Field(max_length=MAX_TEXT, examples=[EXAMPLE_EMAIL])
    password: Password
    full_name: FullName | None = None


class SettingsUpdate(ApiModel):
    # Default factories instead of None: settings are optional, but not nullable.
    model_config = ConfigDict(extra="forbid")

    AUTH_REQUIRED: StrictBool = Field(default_factory=bool)
    """Applied at the next start. True requires that the default user has a password, or `owner`, which sets it."""
    PORT: Annotated[Port, Strict()] = Field(default_factory=int)
    """Applied at the next start."""
    LOG_LEVEL: LogLevel = Field(default_factory=lambda: "info")
    """Applied immediately."""
    owner: Owner | None = None

    @model_validator(mode="after")
    def _owner_requires_auth(self) -> SettingsUpdate:
        if self.owner and not self.AUTH_REQUIRED:
            raise ValueError("owner requires AUTH_REQUIRED: true")
        return self


def read_settings() -> SettingsPublic:
    """Return each setting's value now and after a restart, and what overrides config.json."""
    state = RuntimeSettings(settings, sources)
    return SettingsPublic(
        AUTH_REQUIRED=SwitchState(**state.state("AUTH_REQUIRED")),
        PORT=state.port(),
        LOG_LEVEL=LogLevelState(**state.state("LOG_LEVEL")),
        config_fault=state.config_fault(),
    )


def update_settings(update: SettingsUpdate) -> SettingsPublic:
    """Store the given settings and apply LOG_LEVEL immediately. Raises OSError if config.json can't be written."""
    changes = update.model_dump(exclude_unset=True, exclude={"owner"})
    if changes:
        sources.change(changes)
    if "LOG_LEVEL" in changes:
        settings.LOG_LEVEL = sources.resolve()[0].LOG_LEVEL
        log.set_level(settings.LOG_LEVEL)
    return read_settings()
