"""OpenAPI descriptions of errors that several routes share."""

from app.models import ErrorMessage
from backend_host.http.error_response import ApiError
from backend_host.http.openapi import Responses, error_responses

__all__ = [
    "COMMON_ERRORS",
    "ERROR_MESSAGE_SCHEMA",
    "RATE_LIMITED",
    "SESSION_USER_DELETED",
    "ApiError",
    "error_responses",
]

COMMON_ERRORS = error_responses(
    s400="The request is malformed (code `invalid_request`, `duplicate_header`, `host`), or the user is inactive (`session_user_inactive`).",
    s401="The launch token (code `launch_token`) or the access token (`not_authenticated`) is missing.",
    s403="The session has expired (code `session_expired`), the user lacks permission (`superuser_required`, `not_permitted`), or the request comes from another origin (`origin`).",
    s413="The body exceeds the route's size limit.",
    s500="Internal server error (code `internal`). The log has the details.",
    s503="The database is busy, read-only or damaged, and nothing was changed; or the backend is shutting down (code `stopping`).",
    s507="The disk is full. Nothing was changed.",
)
ERROR_MESSAGE_SCHEMA: Responses = {500: COMMON_ERRORS[500] | {"model": ErrorMessage}}
"""Adds ErrorMessage, which `error_responses` references, to the OpenAPI document. It is enough that one route declares it."""

SESSION_USER_DELETED = error_responses(s404="The session's user was deleted (code `session_user_deleted`).")
RATE_LIMITED = error_responses(
    s429="Too many failed attempts or concurrent requests (code `too_many_attempts`). "
    "Retry after the seconds in Retry-After."
)
