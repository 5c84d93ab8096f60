"""Every setting: its name, its default, and what it may be. `app.core.config` puts together what is given for them."""

import json
import os
import secrets
import sys
from functools import cached_property
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    EmailStr,
    Field,
    PrivateAttr,
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

from backend_host.data.files import read_private, unusable, write_private
from backend_host.errors import DataDirError
from backend_host.launch import flags
from backend_host.settings import config_file

DATABASE = "app.db"
"""The database's file in the data dir."""

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
    except ValueError, RecursionError:
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
    """The title of the API's description. The shell has the app's name as well: each is built and run without the other."""
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
    HANDOVER_ON_STDIN: bool = False
    """Both come as the first line on stdin instead: on Windows a process does not inherit them by number."""
    ON_TRIAL: bool = False
    """Started beside a backend that serves: on a socket of its own until told to take over, with the schema left alone."""
    ALLOWED_HOSTS: JsonList = ["127.0.0.1", "localhost", "::1"]
    """Host headers that are answered, against DNS rebinding. HOST is always one of them."""
    BACKEND_CORS_ORIGINS: JsonList = []
    """Web origins of the launcher's own windows."""
    LAUNCH_TOKEN: str | None = Field(None, min_length=32, repr=False)
    """When set, every API request but the health check must carry it."""

    LOG_LEVEL: LogLevel = "info"

    EMAIL_TEST_USER: ClassVar[str] = "test@example.com"
    """No setting: the FastAPI template's tests log in as this user."""

    AUTH_REQUIRED: bool = False
    OPEN_REGISTRATION: bool | None = None
    """Whether people may make an account by themselves. Unless said: on one person's own backend, not on a server."""
    SECRET_KEY_GIVEN: str | None = Field(None, min_length=32, repr=False, validation_alias="SECRET_KEY")
    ACCESS_TOKEN_EXPIRE_MINUTES: int = Field(7 * 24 * 60, ge=1, le=100 * 365 * 24 * 60)
    """A token's expiry is a date, which ends with the year 9999."""
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

    @property
    def signup_allowed(self) -> bool:
        """Whether a request without a login may make an account; with auth off there is nothing to log in to."""
        open_to_all = not self.is_server if self.OPEN_REGISTRATION is None else self.OPEN_REGISTRATION
        return self.AUTH_REQUIRED and open_to_all

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
        try:
            return path and path.expanduser().absolute()
        except RuntimeError:
            raise PydanticCustomError("home", "~ names no user of this computer") from None

    @field_validator("STATIC_DIR")
    @classmethod
    def _has_page(cls, folder: Path | None) -> Path | None:
        if folder and not (folder / "index.html").is_file():
            raise PydanticCustomError("page", "Input should be a folder with a file index.html, such as frontend/dist")
        return folder

    @cached_property
    def SECRET_KEY(self) -> str:
        """Key that signs login tokens: the variable's, else the one kept in the data dir, made on first use.

        Raises DataDirError when it can neither be read nor written.
        """
        if self.SECRET_KEY_GIVEN:
            return self.SECRET_KEY_GIVEN
        path = self.DATA_DIR / "secret_key"
        try:
            if not os.path.lexists(path):
                write_private(path, secrets.token_urlsafe(48))
            key = read_private(path).decode("ascii").strip()
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
