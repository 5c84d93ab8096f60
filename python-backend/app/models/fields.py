"""Field types of models, with examples for the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from sqlmodel import SQLModel

from backend_host.database.column_types import CanonicalEmail, UtcDateTime, UuidOrText
from backend_host.fields import (
    MAX_TEXT,
    NO_NUL,
    Day,
    Email,
    Moment,
    OptionalText,
    Password,
    RequiredText,
    SubmittedPassword,
    Text255,
    utc_now,
)

__all__ = [
    "EXAMPLE_EMAIL",
    "MAX_TEXT",
    "NO_NUL",
    "ApiModel",
    "CanonicalEmail",
    "Day",
    "Email",
    "FullName",
    "Moment",
    "Password",
    "RequiredText",
    "SubmittedPassword",
    "Text255",
    "UtcDateTime",
    "UuidOrText",
    "get_datetime_utc",
    "utc_now",
]

# On SQLite, Alembic's batch mode can drop or change only a constraint that has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

EXAMPLE_EMAIL, EXAMPLE_NAME = "ada@example.com", "Ada Lovelace"

FullName = Annotated[OptionalText, Field(examples=[EXAMPLE_NAME])]

get_datetime_utc = utc_now
"""The FastAPI template's name of `utc_now`."""


class ApiModel(SQLModel):
    """A model whose attribute docstrings are descriptions in the OpenAPI document."""

    model_config = {"use_attribute_docstrings": True}
