"""Pydantic types for the fields of requests. The OpenAPI schema states what they accept."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field, StringConstraints, validate_email
from pydantic_core import PydanticCustomError

from backend_host.text.email_address import canonical_email
from backend_host.text.folding import is_blank
from backend_host.text.password import canonical_password

NO_NUL = r"^[^\x00]*$"
"""Pattern of a text without NUL: SQLite's functions, C programs and spreadsheets end a text there."""

MAX_TEXT = 255
MAX_PASSWORD = 128


def utc_now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


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
    Field(json_schema_extra={"minLength": 1, "pattern": NO_NUL}),
]
"""A text of 1 to 255 characters, at least one of them visible."""

Text255 = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=NO_NUL)]

OptionalText = Annotated[Text255, AfterValidator(lambda text: "" if is_blank(text) else text)]
"""A text of up to 255 characters; empty if none of them is visible."""


def _required_password(value: object) -> object:
    if value == "":
        raise PydanticCustomError("required", "This field is required.")
    return canonical_password(value) if isinstance(value, str) else value


Password = Annotated[
    str,
    BeforeValidator(_required_password),
    StringConstraints(min_length=8, max_length=MAX_PASSWORD),
    Field(examples=["a long sentence"]),
]
"""A new password, converted to its canonical spelling before its length is checked."""

SubmittedPassword = Annotated[str, StringConstraints(max_length=4 * MAX_PASSWORD), Field(examples=["a long sentence"])]
"""A password to verify. Has no minimum length, because a short password is incorrect, not invalid. The maximum allows for
decomposed letters of up to four characters."""


def _reject_display_name(value: object) -> object:
    if isinstance(value, str) and "<" in value:
        raise ValueError("write the address alone, as in ada@example.com")
    return value


def _require_canonical_form(email: str) -> str:
    # NFKC expands some letters to several letters or spaces: the canonical spelling must be a valid address too.
    validate_email(canonical_email(email))
    return email


Email = Annotated[EmailStr, BeforeValidator(_reject_display_name), AfterValidator(_require_canonical_form)]


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC; a naive datetime is in UTC. Raises ValueError if the result is out of range."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is outside the calendar in UTC") from None


def _reject_number(value: object) -> object:
    """Pydantic accepts 0, "0" and true as 1970; the OpenAPI schema says `format: date-time`."""
    if not isinstance(value, date) and not (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value)):
        raise ValueError("write it as in 2026-01-31")
    return value


Moment = Annotated[
    datetime,
    BeforeValidator(_reject_number),
    AfterValidator(to_utc),
    Field(examples=["2026-01-31T09:30:00Z"]),
]
"""A date and time in a request, converted to UTC. Its column type is `UtcDateTime`."""

Day = Annotated[date, BeforeValidator(_reject_number), Field(examples=["2026-01-31"])]
"""A calendar date in a request. Its column type is `Date`."""
