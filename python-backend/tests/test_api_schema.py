"""Whatever fits the OpenAPI document, or nearly, is answered as the document says. Never by a 500."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.core.security import create_access_token
from app.main import app
from app.models import DEFAULT_USER_ID

schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


@schema.parametrize()
@bounds(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_x(case):
    case.call_and_validate(checks=[not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance])
