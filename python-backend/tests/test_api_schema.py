"""Responses to generated requests, valid and invalid, match the OpenAPI document and are not server errors."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.core.config import settings
from app.core.security import create_access_token
from app.main import app
from app.models import DEFAULT_USER_ID

pytestmark = pytest.mark.generated

# Without unsupported_method: PUT items/export is PUT of an item with an invalid id, which returns 422.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
document = schemathesis.openapi.from_asgi(f"{settings.API_V1_STR}/openapi.json", app)
few_examples = bounds(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _delete_backups(client: TestClient) -> Iterator[None]:
    yield
    shutil.rmtree(settings.DATA_DIR / "backups", ignore_errors=True)


@pytest.mark.desktop
@document.parametrize()
@few_examples
def test_responses_match_document_while_auth_is_off(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS)


@pytest.mark.usefixtures("auth_on")
@document.parametrize()
@few_examples
def test_responses_match_document_with_token(case: schemathesis.Case[Any]) -> None:
    token = create_access_token(DEFAULT_USER_ID, timedelta(minutes=5))
    case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.desktop  # requests without token do not reach the database
@pytest.mark.usefixtures("auth_on")
@document.parametrize()
@few_examples
def test_responses_match_document_without_token(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS)
