"""Schemas of logins, passwords and recovery codes."""

import uuid
from typing import Annotated

from pydantic import Field as PydanticField
from sqlmodel import Field, SQLModel

from app.models.fields import EXAMPLE_EMAIL, ApiModel, Password, SubmittedPassword, Text255


class UpdatePassword(ApiModel):
    current_password: SubmittedPassword
    new_password: Password


class Token(ApiModel):
    access_token: str
    token_type: str = "bearer"


class TokenPayload(SQLModel):
    """The claims of a login or reset token."""

    sub: uuid.UUID
    """The user's id."""
    ver: int = 0
    """The user's token version."""
    jti: str = ""
    """The token's id. Empty in tokens of older versions."""


class ConfirmPassword(ApiModel):
    password: SubmittedPassword


class RecoveryCodes(ApiModel):
    codes: list[str]
    """Shown once: only hashes are stored."""


class RecoveryCodesLeft(ApiModel):
    count: int


class RecoverPassword(ApiModel):
    email: Annotated[Text255, PydanticField(examples=[EXAMPLE_EMAIL])]
    code: Annotated[Text255, PydanticField(examples=["7QK2M-X4D9P-TRHW3-F5G6H"])]


class ResetToken(ApiModel):
    token: str
    """Sets a new password, once."""
    expires_in_s: int


class NewPassword(ApiModel):
    token: str = Field(schema_extra={"examples": ["eyJhbGciOiJIUzI1NiJ9.…"]})
    new_password: Password
