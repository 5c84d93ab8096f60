"""Responses with messages, errors and information about the backend."""

from app.core.error_codes import AnyErrorCode
from app.models.fields import ApiModel


class Message(ApiModel):
    message: str


class ErrorMessage(ApiModel):
    """Why a request failed."""

    detail: str
    code: AnyErrorCode | None = None
    """Equals the header X-Error-Code. Absent where the body must equal the FastAPI template's."""


class About(ApiModel):
    """Information that clients need before login."""

    version: str
    auth_required: bool
    server: bool
    """Whether this backend is a server for many users."""
    api_version: int
    """Incremented by changes that are incompatible with older clients."""
    signup: bool = True
    """Whether users may sign up. Older servers allow it and do not send this field."""
