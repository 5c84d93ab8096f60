"""The app's settings, which extend the host's. `app.core.config` loads them."""

from typing import ClassVar, Self

from pydantic import EmailStr, Field, model_validator

from backend_host.settings.base import HostSettings


class Settings(HostSettings):
    """All settings of the backend. Their names are the names of environment variables."""

    API_V1_STR: str = "/api/v1"
    PROJECT_NAME: str = "Tauri FastAPI Full Stack Template"
    """Title of the OpenAPI document. The shell configures the app's name separately."""

    EMAIL_TEST_USER: ClassVar[str] = "test@example.com"
    """Not a setting: the FastAPI template's tests read it."""

    AUTH_REQUIRED: bool = False
    OPEN_REGISTRATION: bool | None = None
    """Whether users can sign up. Default: true on a desktop backend, false on a server."""
    ACCESS_TOKEN_EXPIRE_MINUTES: int = Field(7 * 24 * 60, ge=1, le=100 * 365 * 24 * 60)
    """The maximum keeps the expiry date before the year 10000."""
    FIRST_SUPERUSER: EmailStr = "admin@example.com"
    """Email of the first superuser, which is the default user while authentication is off."""
    FIRST_SUPERUSER_PASSWORD: str | None = Field(None, min_length=8, max_length=128, repr=False)

    @property
    def signup_allowed(self) -> bool:
        """Whether requests without an access token may create an account; false with authentication off."""
        registration_open = not self.is_server if self.OPEN_REGISTRATION is None else self.OPEN_REGISTRATION
        return self.AUTH_REQUIRED and registration_open

    @model_validator(mode="after")
    def _server_requires_auth(self) -> Self:
        if self.is_server:
            self.AUTH_REQUIRED = True
        return self
