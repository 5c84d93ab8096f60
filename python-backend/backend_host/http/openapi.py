"""OpenAPI descriptions of error responses."""

from typing import Any

from backend_host.http.error_response import CODE_HEADER

Responses = dict[int | str, dict[str, Any]]
"""What FastAPI takes as `responses`."""

RETRY_AFTER = {"Retry-After": {"description": "Seconds until another try makes sense.", "schema": {"type": "integer"}}}

SCHEMA = {"$ref": "#/components/schemas/ErrorMessage"}
"""By name: FastAPI would build a validator of each `model` for every route and status, a tenth of the start-up time."""

CODE = {CODE_HEADER: {"description": "Identifies the error.", "schema": {"$ref": "#/components/schemas/ErrorCode"}}}


def error_responses(**causes: str) -> Responses:
    """Descriptions by status, written `s404="…"`."""
    return {
        int(name[1:]): {
            "content": {"application/json": {"schema": SCHEMA}},
            "description": cause,
            "headers": CODE | (RETRY_AFTER if name in {"s429", "s503"} else {}),
        }
        for name, cause in causes.items()
    }
