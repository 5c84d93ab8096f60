"""All settings, and the only reader of the environment. Order: flag, variable, config.json in the data dir, default."""

import json
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.core import flags
from app.core.errors import ConfigError, DataDirError
from app.core.files import write_private

LAUNCH_ONLY = frozenset(
    {"DATA_DIR", "LISTEN_FD", "LAUNCH_TOKEN", "APP_VERSION", "STATIC_DIR", "BACKEND_CORS_ORIGINS", "SECRET_KEY"}
)
"""Settings that belong to one launch or are secret: refused in config.json."""


class Settings(BaseSettings):
    """Every setting of the backend. Upper-case names are the variables' own names."""

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="forbid", hide_input_in_errors=True
    )

    API_V1_STR: str = "/api/v1"
    PROJECT_NAME: str = "Tauri FastAPI Full Stack Template"
    APP_VERSION: str = "dev"
    """The app's version as the launcher gives it; `dev` when run by hand."""
    FASTAPI_ENV: Literal["development", "production"] = "production"

    DATA_DIR: Path = Path(".data")
    """Folder of app.db, config.json, logs/ and secret_key. Relative paths start at the working directory."""
    STATIC_DIR: Path | None = None
    """A built user interface to serve at /. None in the window, whose shell carries its own."""

    HOST: str = "127.0.0.1"
    PORT: int = Field(0, ge=0, le=65_535)
    """TCP port. 0 lets the system choose; the ready line reports it."""
    LISTEN_FD: int | None = Field(None, ge=0)
    """File descriptor of a listening socket inherited from the launcher; HOST and PORT are then not used."""
    ALLOWED_HOSTS: list[str] = ["127.0.0.1", "localhost", "::1"]
    """Host headers that are answered, against DNS rebinding. HOST is always one of them."""
    BACKEND_CORS_ORIGINS: list[str] = []
    """Web origins of the launcher's own windows."""
    LAUNCH_TOKEN: str | None = Field(None, min_length=32, repr=False)
    """When set, every API request but the health check must carry it."""

    LOG_LEVEL: Literal["critical", "error", "warning", "info", "debug"] = "info"

    AUTH_REQUIRED: bool = False
    SECRET_KEY_GIVEN: str | None = Field(None, min_length=32, repr=False, validation_alias="SECRET_KEY")
    ACCESS_TOKEN_EXPIRE_MINUTES: int = Field(7 * 24 * 60, ge=1)
    FIRST_SUPERUSER: str = "admin@example.com"
    """Email of the first superuser; with auth off, of the default user."""
    FIRST_SUPERUSER_PASSWORD: str | None = Field(None, min_length=8, max_length=128, repr=False)

    @field_validator("DATA_DIR", "STATIC_DIR")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @field_validator("LOG_LEVEL", mode="before")
    @classmethod
    def _lower(cls, level: Any) -> Any:
        return level.lower() if isinstance(level, str) else level

    @cached_property
    def SECRET_KEY(self) -> str:
        """Key that signs login tokens: the variable's, else the one kept in the data dir, made on first use.

        Raises DataDirError when it can neither be read nor written.
        """
        if self.SECRET_KEY_GIVEN:
            return self.SECRET_KEY_GIVEN
        path = self.DATA_DIR / "secret_key"
        try:
            if not path.exists():
                write_private(path, secrets.token_urlsafe(48))
            key = path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DataDirError(f"The signing key {path} can't be read or made: {error}.") from error
        if len(key) < 32:
            raise DataDirError(
                f"The signing key {path} is damaged. Delete it: a new one is made, and logins start anew."
            )
        return key

    @property
    def SQLALCHEMY_DATABASE_URI(self) -> str:
        return f"sqlite:///{self.DATA_DIR / 'app.db'}"

    @property
    def allowed_hosts(self) -> list[str]:
        """ALLOWED_HOSTS and HOST, and the test client's name in development."""
        return [*self.ALLOWED_HOSTS, self.HOST, *(["testserver"] if self.FASTAPI_ENV == "development" else [])]

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: Any, **__: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then variables, then config.json; no .env file, no secrets folder."""
        variables = EnvSettingsSource(settings_cls)
        data_dir = flags.given.get("DATA_DIR") or os.environ.get("DATA_DIR") or cls.model_fields["DATA_DIR"].default
        return (
            InitSettingsSource(settings_cls, init_kwargs=dict(flags.given)),
            variables,
            InitSettingsSource(settings_cls, init_kwargs=read_config_file(Path(data_dir).expanduser() / "config.json")),
        )


def read_config_file(path: Path) -> dict[str, Any]:
    """The preferences in config.json, keys upper-cased; empty when there is no such file. Raises ConfigError."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} can't be read: {error}. Mend it, or delete it to use the defaults.") from error
    if not isinstance(content, dict):
        raise ConfigError(f'{path} must hold one JSON object, such as {{"LOG_LEVEL": "debug"}}. Mend or delete it.')
    preferences = {key.upper(): value for key, value in content.items()}
    if refused := sorted(LAUNCH_ONLY & preferences.keys()):
        raise ConfigError(f"{path} can't set {', '.join(refused)}: use the variable or the flag instead.")
    return preferences


def load() -> Settings:
    """Build the settings from flags, environment and config.json. Raises ConfigError with every fault named."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ConfigError(
            f"These settings can't be used: {faults}. Correct the flag, variable or config.json."
        ) from None
    except ValueError as error:  # a variable that should hold JSON and doesn't
        raise ConfigError(f"A variable can't be read: {error}. A list is written as JSON.") from error


settings = load()
