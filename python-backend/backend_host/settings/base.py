"""Names, defaults and validation of the host's settings. An app subclasses `HostSettings`."""

import json
import os
import secrets
import sys
from functools import cached_property
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from backend_host.data.files import data_dir_error, read_private, write_private
from backend_host.data.names import DATABASE_FILE
from backend_host.database.url import POSTGRES_URL_PREFIX
from backend_host.errors import DataDirError
from backend_host.launch import flags
from backend_host.settings import config_file

Port = Annotated[int, Field(ge=0, le=65_535)]
LogLevel = Annotated[
    Literal["critical", "error", "warning", "info", "debug"],
    BeforeValidator(lambda level: level.lower() if isinstance(level, str) else level),
]


def _parse_json(value: object) -> object:
    """Parse the JSON text of an environment variable."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError, RecursionError:
        raise PydanticCustomError("json_list", 'Input should be a JSON list, such as ["one", "two"]') from None


# NoDecode: pydantic-settings would report an invalid list without the variable's name.
JsonList = Annotated[list[str], NoDecode, BeforeValidator(_parse_json)]


class HostSettings(BaseSettings):
    """Settings of the host. Upper-case names are also the names of environment variables."""

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="forbid", hide_input_in_errors=True
    )

    LAUNCH_ONLY: ClassVar[frozenset[str]] = frozenset(
        {
            "DATA_DIR",
            "LISTEN_FD",
            "LOCK_FD",
            "HANDOVER_ON_STDIN",
            "CANDIDATE",
            "LAUNCH_TOKEN",
            "APP_VERSION",
            "API_PATH",
            "STATIC_DIR",
            "BACKEND_CORS_ORIGINS",
            "SECRET_KEY",
            "FASTAPI_ENV",
            "DATABASE_URL",
        }
    )
    """Settings that config.json must not contain: those of one launch, secrets, and those that weaken security."""

    APP_VERSION: str = "dev"
    """The app's version, set by the launcher. `dev` if started manually."""
    API_PATH: str = Field("", pattern=r"^(/[^/?#\s]+)*$")
    """Path prefix of the API. The host serves the launch contract's paths below it, unless the app includes the
    middleware."""
    FASTAPI_ENV: Literal["development", "production"] = "production"

    DATA_DIR: Path = Path(".data")
    """Folder of app.db, config.json, logs/ and secret_key. Relative to the working directory."""
    STATIC_DIR: Path | None = None
    """Folder of the built user interface to serve at /. None in a desktop window: the shell contains the user interface."""

    DATABASE_URL: str | None = Field(None, repr=False)
    """URL of the PostgreSQL database of server mode, which replaces app.db. May contain a password."""
    DATABASE_POOL_SIZE: int = Field(10, ge=1, le=1_000)
    """Maximum number of a worker's database connections, which limits its concurrent requests."""
    WORKERS: int = Field(1, ge=1, le=64)
    """Number of processes that serve the socket. More than one requires DATABASE_URL."""
    STOP_NOTICE_S: int = Field(0, ge=0, le=300)
    """Shutdown delay: seconds after a shutdown request in which the process serves requests and reports not ready."""

    HOST: str = "127.0.0.1"
    PORT: Port = 0
    """TCP port. 0 lets the system choose one, which the event `ready` reports."""
    LISTEN_FD: int | None = Field(None, ge=0)
    """File descriptor of a listening socket inherited from the launcher. Replaces HOST and PORT."""
    LOCK_FD: int | None = Field(None, ge=0)
    """File descriptor of app.lock inherited from the launcher. Concurrent processes of one launcher share the lock."""
    HANDOVER_ON_STDIN: bool = False
    """Windows: receive socket and lock in the first line on stdin, because processes do not inherit descriptors."""
    CANDIDATE: bool = False
    """Whether another backend of this launcher is serving. A candidate serves its own loopback socket until the handover,
    and does not migrate the database."""
    ALLOWED_HOSTS: JsonList = ["127.0.0.1", "localhost", "::1"]
    """Accepted Host headers, in addition to HOST. Protects against DNS rebinding."""
    BACKEND_CORS_ORIGINS: JsonList = []
    """Web origins of the launcher's windows."""
    LAUNCH_TOKEN: str | None = Field(None, min_length=32, repr=False)
    """Token that every API request except the health check must present. None: no token is required."""

    LOG_LEVEL: LogLevel = "info"
    CONFIGURED_SECRET_KEY: str | None = Field(None, min_length=32, repr=False, validation_alias="SECRET_KEY")

    _invalid_config: config_file.InvalidConfig | None = PrivateAttr(None)

    @property
    def invalid_config(self) -> config_file.InvalidConfig | None:
        """The invalid config.json of this start; None if it was valid or missing."""
        return self._invalid_config

    @property
    def is_server(self) -> bool:
        """Whether this backend runs in server mode: many users, PostgreSQL."""
        return self.DATABASE_URL is not None

    @field_validator("DATABASE_URL")
    @classmethod
    def _require_postgres_url(cls, url: str | None) -> str | None:
        if url and not url.startswith(POSTGRES_URL_PREFIX):
            raise PydanticCustomError(
                "database_url", f"Input should begin with {POSTGRES_URL_PREFIX}, as in {POSTGRES_URL_PREFIX}app@db/app"
            )
        return url

    @field_validator("WORKERS")
    @classmethod
    def _single_worker_on_sqlite(cls, workers: int, info: ValidationInfo) -> int:
        if workers > 1 and (sys.platform == "win32" or not info.data.get("DATABASE_URL")):
            raise PydanticCustomError("workers", "More than one requires DATABASE_URL, and is not available on Windows")
        return workers

    @field_validator("DATA_DIR", "STATIC_DIR")
    @classmethod
    def _make_absolute(cls, path: Path | None) -> Path | None:
        try:
            return path and path.expanduser().absolute()
        except RuntimeError:
            raise PydanticCustomError("home", "~ does not name a user of this computer") from None

    @field_validator("STATIC_DIR")
    @classmethod
    def _require_index_html(cls, folder: Path | None) -> Path | None:
        if folder and not (folder / "index.html").is_file():
            raise PydanticCustomError("page", "Input should be a folder with a file index.html, such as frontend/dist")
        return folder

    @cached_property
    def SECRET_KEY(self) -> str:
        """Key that signs access tokens: the variable, or else the file secret_key in the data dir, created on first use.

        Raises DataDirError if the file can't be read or created, or is damaged.
        """
        if self.CONFIGURED_SECRET_KEY:
            return self.CONFIGURED_SECRET_KEY
        path = self.DATA_DIR / "secret_key"
        try:
            if not os.path.lexists(path):
                write_private(path, secrets.token_urlsafe(48))
            key = read_private(path).decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise data_dir_error(f"The signing key {path} can't be read or created", error) from error
        if len(key) < 32:
            raise DataDirError(
                f"The signing key {path} is damaged. Delete it: a new one is created, and all users must log in again."
            )
        return key

    @property
    def SQLALCHEMY_DATABASE_URI(self) -> str:
        return self.DATABASE_URL or f"sqlite:///{self.DATA_DIR / DATABASE_FILE}"

    @property
    def allowed_hosts(self) -> list[str]:
        """ALLOWED_HOSTS and HOST in the form of a Host header, and in development the test client's host."""
        names = [*self.ALLOWED_HOSTS, self.HOST, *(["testserver"] if self.FASTAPI_ENV == "development" else [])]
        return [url_host(name) for name in names]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: Any,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment variables, arguments (config.json). No .env file, no secrets folder."""
        command_line = InitSettingsSource(settings_cls, init_kwargs=dict(flags.parsed))
        return (command_line, EnvSettingsSource(settings_cls), init_settings)


def url_host(host: str) -> str:
    """Return a host name or address in the form of URLs and Host headers: IPv6 addresses compressed, in brackets."""
    try:
        return f"[{IPv6Address(host.partition('%')[0])}]"
    except ValueError:
        return host
