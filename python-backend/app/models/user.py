"""Users and recovery codes."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import StrictBool
from sqlmodel import Field, SQLModel

from app.models.fields import (
    EXAMPLE_EMAIL,
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
"""The first superuser. While authentication is off, it is the user of every request."""


class Principal(NamedTuple):
    """Id and role of the current user, which suffice for most routes."""

    id: uuid.UUID
    is_superuser: bool


class UserBase(ApiModel):
    email: Email = Field(unique=True, index=True, max_length=MAX_TEXT, schema_extra={"examples": [EXAMPLE_EMAIL]})
    is_active: StrictBool = True
    is_superuser: StrictBool = False
    full_name: FullName | None = None


class User(UserBase, table=True):
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_type=UuidOrText)
    email: str = Field(unique=True, index=True, sa_type=CanonicalEmail)
    full_name: str | None = Field(default=None, max_length=MAX_TEXT)
    hashed_password: str = ""
    """Empty if the account has no password; login then fails."""
    token_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Incremented by each new password, which revokes tokens of older versions."""
    surviving_session: str | None = Field(default=None, max_length=64)
    """`<token version> <token id>` of the session that changed the password. Its token remains valid."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    search_text: str | None = None
    """Folded email and name, for search. `init_db` fills it in rows that other programs inserted."""


set_search_text_on_flush(User, "email", "full_name")


class RecoveryCode(SQLModel, table=True):
    """An unused recovery code."""

    __tablename__ = "recovery_code"

    code_hash: str = Field(primary_key=True, max_length=64)
    user_id: uuid.UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True, sa_type=UuidOrText)


class UserRegister(ApiModel):
    email: Email = Field(max_length=MAX_TEXT, schema_extra={"examples": [EXAMPLE_EMAIL]})
    password: Password
    full_name: FullName | None = None


class UserCreate(UserBase):
    password: Password


# Default factories instead of None: fields are optional, but not nullable.
class UserUpdate(ApiModel):
    email: Email = Field(default_factory=str, max_length=MAX_TEXT, schema_extra={"examples": [EXAMPLE_EMAIL]})
    password: Password = Field(default_factory=str)
    is_active: StrictBool = Field(default_factory=bool)
    is_superuser: StrictBool = Field(default_factory=bool)
    full_name: FullName | None = None


class UserUpdateMe(ApiModel):
    email: Email = Field(default_factory=str, max_length=MAX_TEXT, schema_extra={"examples": [EXAMPLE_EMAIL]})
    full_name: FullName | None = None


class UserPublic(UserBase):
    # Not validated, so that one invalid email that another program stored does not fail the list.
    email: str
    full_name: str | None = None
    id: uuid.UUID
    created_at: datetime


class UsersPublic(ApiModel):
    data: list[UserPublic]
    count: int
    """Total number of users, on all pages."""


class UserSort(StrEnum):
    """Sort order of a list of users; `-` means descending. Users without a name are last."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    EMAIL = "email"
    EMAIL_DESC = "-email"
    NAME = "full_name"
    NAME_DESC = "-full_name"
