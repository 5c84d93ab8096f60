"""Types for the fields of models."""

import re
import uuid
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, EmailStr, StringConstraints, validate_email
from pydantic import Field as PydanticField
from pydantic_core import PydanticCustomError
from sqlalchemy import DateTime, Dialect, String, Uuid
from sqlmodel import SQLModel

from app.core.email_address import canonical_email
from app.core.password_text import canonical_password
from app.core.text import is_blank
from backend_host.database.checked_types import CheckedType, require_text

# Alembic's batch mode rebuilds tables on SQLite and can only drop or change a constraint that has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

NO_NUL = r"^[^\x00]*$"
"""SQLite keeps a NUL, but its own functions, C programs and spreadsheets end a text there."""

EMAIL, NAME = "ada@example.com", "Ada Lovelace"
"""Examples for the API's description, as those below."""

MAX_TEXT = 255


def _require_visible(text: str) -> str:
    if is_blank(text):
        raise PydanticCustomError("required", "This field is required.")
    if "\0" in text:
        raise PydanticCustomError("nul", "NUL characters can't be stored.")
    return text


RequiredText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_TEXT),
    AfterValidator(_require_visible),
    PydanticField(json_schema_extra={"minLength": 1, "pattern": NO_NUL}),
]
"""A text of one to 255 characters of which at least one is visible."""

Text255 = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=NO_NUL)]

FullName = Annotated[
    Text255, AfterValidator(lambda name: "" if is_blank(name) else name), PydanticField(examples=[NAME])
]
"""An optional name. One that nobody could see is stored as no name: the UI shows the email in its place."""


def _required_password(value: object) -> object:
    """The canonical spelling, whose length counts. Raises PydanticCustomError for an empty one."""
    if value == "":
        raise PydanticCustomError("required", "This field is required.")
    return canonical_password(value) if isinstance(value, str) else value


MAX_PASSWORD = 128

Password = Annotated[
    str,
    BeforeValidator(_required_password),
    StringConstraints(min_length=8, max_length=MAX_PASSWORD),
    PydanticField(examples=["a long sentence"]),
]

SubmittedPassword = Annotated[
    str, StringConstraints(max_length=4 * MAX_PASSWORD), PydanticField(examples=["a long sentence"])
]
"""One to be checked: too short is wrong, not invalid. Decomposed, a letter is up to four characters."""


class UtcDateTime(CheckedType[datetime]):
    """A moment, stored without a zone as UTC (SQLite keeps none) and always read back as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


get_datetime_utc = utc_now
"""The FastAPI template's name."""


class CanonicalEmail(CheckedType[str]):
    """An email, stored and compared in its canonical spelling, so that it is unique and found however it is typed."""

    impl = String
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(MAX_TEXT)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return canonical_email(value) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return require_text(value)


class UuidOrText(CheckedType[uuid.UUID]):
    """A UUID column that compares with a UUID's text as well, on every database."""

    impl = Uuid
    cache_ok = True

    def process_bind_param(self, value: uuid.UUID | str | None, dialect: Dialect) -> uuid.UUID | None:
        return uuid.UUID(value) if isinstance(value, str) else value


def _refuse_display_name(value: object) -> object:
    if isinstance(value, str) and "<" in value:
        raise ValueError("write the address alone, as in ada@example.com")
    return value


def _require_canonical_form(email: str) -> str:
    """NFKC turns some letters into several, or into spaces: what is stored must be an address as well, and fit its column."""
    validate_email(canonical_email(email))
    return email


Email = Annotated[EmailStr, BeforeValidator(_refuse_display_name), AfterValidator(_require_canonical_form)]


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is taken as UTC. Raises ValueError for one outside the calendar."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is outside the calendar in UTC") from None


def _refuse_number(value: object) -> object:
    """Pydantic would take 0, "0" and true for 1970; the API's description promises a text with a date in it."""
    if not isinstance(value, date) and not (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value)):
        raise ValueError("write it as in 2026-01-31")
    return value


Moment = Annotated[
    datetime,
    BeforeValidator(_refuse_number),
    AfterValidator(to_utc),
    PydanticField(examples=["2026-01-31T09:30:00Z"]),
]
"""A moment as a request gives it, in UTC from then on. Its column is a `UtcDateTime`."""

Day = Annotated[date, BeforeValidator(_refuse_number), PydanticField(examples=["2026-01-31"])]
"""A day of the calendar as a request gives it, without a time or zone. Its column is a `Date`."""


class ApiModel(SQLModel):
    """What a docstring says of a field, the API's description says too."""

    model_config = {"use_attribute_docstrings": True}
