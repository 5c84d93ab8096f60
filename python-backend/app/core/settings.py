"""The app's settings, on top of the host's. `app.core.config` loads them."""

from typing import ClassVar, Self

from pydantic import EmailStr, Field, model_validator

from backend_host.settings.base import HostSettings


class Settings(HostSettings):
    """Every setting of the backend. Upper-case names are the environment variables' names."""

    API_V1_STR: str = "/api/v1"
    PROJECT_NAME: str = "Tauri FastAPI Full Stack Template"
    """The title of the API's description. The shell has the app's name as well: each is built and run without the other."""

    EMAIL_TEST_USER: ClassVar[str] = "test@example.com"
    """Not a setting: the FastAPI template's tests log in as this user."""

    AUTH_REQUIRED: bool = False
    OPEN_REGISTRATION: bool | None = None
    """Whether users can sign up. Default: yes on a desktop backend, no on a server."""
    ACCESS_TOKEN_EXPIRE_MINUTES: int = Field(7 * 24 * 60, ge=1, le=100 * 365 * 24 * 60)
    """A token's expiry is a date, and those end with the year 9999."""
    FIRST_SUPERUSER: EmailStr = "admin@example.com"
    """Email of the first superuser; with auth off, of the default user."""
    FIRST_SUPERUSER_PASSWORD: str | None = Field(None, min_length=8, max_length=128, repr=False)

    @property
    def signup_allowed(self) -> bool:
        """Whether a request without a login may create an account; with auth off there is nothing to log in to."""
        open_to_all = not self.is_server if self.OPEN_REGISTRATION is None else self.OPEN_REGISTRATION
        return self.AUTH_REQUIRED and open_to_all

    @model_validator(mode="after")
    def _server_asks_for_logins(self) -> Self:
        if self.is_server:
            self.AUTH_REQUIRED = True
        return self
