"""Users and recovery codes."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import StrictBool
from sqlmodel import Field, SQLModel

from app.models.fields import (
    EMAIL,
    MAX_TEXT,
    ApiModel,
    CanonicalEmail,
    Email,
    FullName,
    Password,
    UtcDateTime,
    UuidOrText,
    utc_now,
)
from backend_host.database.search_index import set_search_text_on_flush

DEFAULT_USER_ID = uuid.UUID("00000000-0000-4000-8000-000000000001")
"""The account that owns all data while authentication is off, and the first superuser."""


class Viewer(NamedTuple):
    """The user of a request, as far as most routes need."""

    id: uuid.UUID
    is_superuser: bool


class UserBase(ApiModel):
    email: Email = Field(unique=True, index=True, max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    is_active: StrictBool = True
    is_superuser: StrictBool = False
    full_name: FullName | None = None


class User(UserBase, table=True):
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_type=UuidOrText)
    email: str = Field(unique=True, index=True, sa_type=CanonicalEmail)
    full_name: str | None = Field(default=None, max_length=MAX_TEXT)
    hashed_password: str = ""
    """Empty: the account has no password, so login is impossible."""
    token_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Incremented by each new password: tokens of older versions are revoked."""
    surviving_session: str | None = Field(default=None, max_length=64)
    """`<token version> <token id>` of the session that set that version's password: its token stays valid."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    search_text: str | None = None
    """Email and name as search compares them. Rows that other programs insert get theirs at the next start."""


set_search_text_on_flush(User, "email", "full_name")


class RecoveryCode(SQLModel, table=True):
    """An unused recovery code."""

    __tablename__ = "recovery_code"

    code_hash: str = Field(primary_key=True, max_length=64)
    user_id: uuid.UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True, sa_type=UuidOrText)


class UserRegister(ApiModel):
    email: Email = Field(max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    password: Password
    full_name: FullName | None = None


class UserCreate(UserBase):
    password: Password


# Factories, not None: a field may be absent, but not null.
class UserUpdate(ApiModel):
    email: Email = Field(default_factory=str, max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    password: Password = Field(default_factory=str)
    is_active: StrictBool = Field(default_factory=bool)
    is_superuser: StrictBool = Field(default_factory=bool)
    full_name: FullName | None = None


class UserUpdateMe(ApiModel):
    email: Email = Field(default_factory=str, max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    full_name: FullName | None = None


class UserPublic(UserBase):
    # Not validated: an invalid row of another program must not fail the whole list.
    email: str
    full_name: str | None = None
    id: uuid.UUID
    created_at: datetime


class UsersPublic(ApiModel):
    data: list[UserPublic]
    count: int
    """Count of all users, not only of this page."""


class UserSort(StrEnum):
    """Sort key of a list of users, descending after a minus. Users without a name are last."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    EMAIL = "email"
    EMAIL_DESC = "-email"
    NAME = "full_name"
    NAME_DESC = "-full_name"
