"""All settings, and the only reader of the environment. Order: flag, variable, config.json in the data dir, default."""

import json
import logging
import os
import secrets
import sys
from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv6Address
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    EmailStr,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.core import config_file, flags
from app.core.errors import ConfigError, DataDirError
from app.core.files import unusable, write_private
from app.core.owner import has_owner

logger = logging.getLogger(__name__)

DATABASE = "app.db"
"""The database's file in the data dir."""

LAUNCH_ONLY = frozenset(
    {
        "DATA_DIR",
        "LISTEN_FD",
        "LOCK_FD",
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

SERVER_URL = "postgresql+psycopg://"
"""How the address of a server's database begins."""

Port = Annotated[int, Field(ge=0, le=65_535)]
LogLevel = Annotated[
    Literal["critical", "error", "warning", "info", "debug"],
    BeforeValidator(lambda level: level.lower() if isinstance(level, str) else level),
]


def _from_json(given: object) -> object:
    """The list that a variable's text holds."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise PydanticCustomError("json_list", 'Input should be a JSON list, such as ["one", "two"]') from None


# pydantic-settings would read it as well, but name a bad one only by the class that did.
JsonList = Annotated[list[str], NoDecode, BeforeValidator(_from_json)]


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

    DATABASE_URL: str | None = Field(None, repr=False)
    """Server mode: the PostgreSQL database that takes the place of app.db. May hold a password."""
    DATABASE_POOL_SIZE: int = Field(10, ge=1, le=1_000)
    """Connections to that database a worker has at most, and so requests it works on at once."""
    WORKERS: int = Field(1, ge=1, le=64)
    """Processes that serve one socket. More than one needs a DATABASE_URL."""
    STOP_NOTICE_S: int = Field(0, ge=0, le=300)
    """Seconds for which a process that was asked to stop still takes requests, while it says that it is not ready."""

    HOST: str = "127.0.0.1"
    PORT: Port = 0
    """TCP port. 0 lets the system choose; the ready line reports it."""
    LISTEN_FD: int | None = Field(None, ge=0)
    """File descriptor of a listening socket inherited from the launcher; HOST and PORT are then not used."""
    LOCK_FD: int | None = Field(None, ge=0)
    """File descriptor of app.lock as the launcher opened it: what it starts side by side shares one lock."""
    ON_TRIAL: bool = False
    """Started beside a backend that serves: on a socket of its own until told to take over, with the schema left alone."""
    ALLOWED_HOSTS: JsonList = ["127.0.0.1", "localhost", "::1"]
    """Host headers that are answered, against DNS rebinding. HOST is always one of them."""
    BACKEND_CORS_ORIGINS: JsonList = []
    """Web origins of the launcher's own windows."""
    LAUNCH_TOKEN: str | None = Field(None, min_length=32, repr=False)
    """When set, every API request but the health check must carry it."""

    LOG_LEVEL: LogLevel = "info"

    AUTH_REQUIRED: bool = False
    SECRET_KEY_GIVEN: str | None = Field(None, min_length=32, repr=False, validation_alias="SECRET_KEY")
    ACCESS_TOKEN_EXPIRE_MINUTES: int = Field(7 * 24 * 60, ge=1)
    FIRST_SUPERUSER: EmailStr = "admin@example.com"
    """Email of the first superuser; with auth off, of the default user."""
    FIRST_SUPERUSER_PASSWORD: str | None = Field(None, min_length=8, max_length=128, repr=False)

    _set_aside: config_file.SetAside | None = PrivateAttr(None)

    @property
    def set_aside(self) -> config_file.SetAside | None:
        """What became of a config.json that these settings could not use as it was; None when all was well."""
        return self._set_aside

    @property
    def is_server(self) -> bool:
        """Whether this backend is a server for many, on PostgreSQL, and not one person's own."""
        return self.DATABASE_URL is not None

    @field_validator("DATABASE_URL")
    @classmethod
    def _driver(cls, url: str | None) -> str | None:
        if url and not url.startswith(SERVER_URL):
            raise PydanticCustomError(
                "database_url", f"Input should begin with {SERVER_URL}, as in {SERVER_URL}app@db/app"
            )
        return url

    @field_validator("WORKERS")
    @classmethod
    def _one_on_sqlite(cls, workers: int, info: ValidationInfo) -> int:
        if workers > 1 and (sys.platform == "win32" or not info.data.get("DATABASE_URL")):
            raise PydanticCustomError("workers", "More than one needs a DATABASE_URL, and not Windows")
        return workers

    @model_validator(mode="after")
    def _server_asks_for_logins(self) -> Self:
        if self.is_server:
            self.AUTH_REQUIRED = True
        return self

    @field_validator("DATA_DIR", "STATIC_DIR")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

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
            raise unusable(f"The signing key {path} can't be read or made", error) from error
        if len(key) < 32:
            raise DataDirError(
                f"The signing key {path} is damaged. Delete it: a new one is made, and logins start anew."
            )
        return key

    @property
    def SQLALCHEMY_DATABASE_URI(self) -> str:
        return self.DATABASE_URL or f"sqlite:///{self.DATA_DIR / DATABASE}"

    @property
    def allowed_hosts(self) -> list[str]:
        """ALLOWED_HOSTS and HOST as a Host header has them, and the test client's name in development."""
        names = [*self.ALLOWED_HOSTS, self.HOST, *(["testserver"] if self.FASTAPI_ENV == "development" else [])]
        return [in_url(name) for name in names]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: Any,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then variables, then what the caller gives: config.json. No .env file, no secrets folder."""
        given = InitSettingsSource(settings_cls, init_kwargs=dict(flags.given))
        return (given, EnvSettingsSource(settings_cls), init_settings)


def in_url(host: str) -> str:
    """A host's name or address as URLs and Host headers write it: an IPv6 address in brackets, in its shortest form."""
    try:
        return f"[{IPv6Address(host.partition('%')[0])}]"
    except ValueError:
        return host


def config_path() -> Path:
    """Where config.json lies or would lie: in the data dir, which only a flag or a variable can name."""
    named = flags.given.get("DATA_DIR") or os.environ.get("DATA_DIR") or Settings.model_fields["DATA_DIR"].default
    return Path(named).expanduser() / "config.json"


def overridden_by(name: str) -> Literal["flag", "variable"] | None:
    """What wins over config.json for a setting, if anything does."""
    if name in flags.given:
        return "flag"
    return "variable" if os.environ.get(name) else None


def resolve() -> tuple[Settings, dict[str, Any], str | None]:
    """The settings of a start right now, the usable preferences in config.json, and what is wrong with that file.

    Raises ConfigError with every fault named when a flag or variable is wrong.
    """
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

    A broken config.json is set aside and survived: whatever in it can be used still counts.
    """
    loaded, good, fault = resolve()
    if fault:
        loaded._set_aside = config_file.set_aside(config_path(), fault, good)
    return loaded


_changing = Lock()
settings = load()
