"""OpenAPI documentation of error responses."""

from typing import Any

from backend_host.http.error_response import CODE_HEADER

Responses = dict[int | str, dict[str, Any]]
"""Type of FastAPI's `responses` argument."""

RETRY_AFTER_HEADERS = {"Retry-After": {"description": "Seconds to wait before a retry.", "schema": {"type": "integer"}}}

ERROR_SCHEMA = {"$ref": "#/components/schemas/ErrorMessage"}
"""A reference, because FastAPI builds a validator of `model` for every route and status: 10 % of the start-up time."""

CODE_HEADERS = {
    CODE_HEADER: {"description": "Identifies the error.", "schema": {"$ref": "#/components/schemas/ErrorCode"}}
}


def error_responses(**descriptions: str) -> Responses:
    """Return FastAPI's `responses` for statuses and descriptions, such as `error_responses(s404="Not found")`."""
    return {
        int(name[1:]): {
            "content": {"application/json": {"schema": ERROR_SCHEMA}},
            "description": description,
            "headers": CODE_HEADERS | (RETRY_AFTER_HEADERS if name in {"s429", "s503"} else {}),
        }
        for name, description in descriptions.items()
    }
