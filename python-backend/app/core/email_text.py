"""An email address as a field."""

from typing import Annotated, Any

from pydantic import AfterValidator, GetJsonSchemaHandler, validate_email
from pydantic_core import CoreSchema


class _Format:
    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "format": "email"}


EmailText = Annotated[str, AfterValidator(lambda text: validate_email(text)[1]), _Format()]
"""Pydantic's EmailStr, but that its checker is imported with the first address and not with the first model."""
