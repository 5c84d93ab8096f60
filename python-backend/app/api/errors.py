"""Errors that several routes have in common, for the API's description."""

from app.models import ErrorMessage
from backend_host.http.error_response import ApiError
from backend_host.http.openapi import Responses, error_responses

__all__ = ["COMMON_ERRORS", "NAMED", "RATE_LIMITED", "SESSION_USER_GONE", "ApiError", "error_responses"]

COMMON_ERRORS = error_responses(
    s400="The request can't be read (code `invalid_request`, `duplicate_header`, `host`), or the user is inactive (`session_user_inactive`).",
    s401="The launch token (code `launch_token`) or the login (`not_authenticated`) is missing.",
    s403="The login is expired (code `session_expired`), its user may not do this (`superuser_required`, `not_permitted`), or the request comes from a foreign web page (`origin`).",
    s413="The body is larger than this address takes.",
    s500="A fault of the backend's own (code `internal`). Its log says what.",
    s503="The database is busy, read-only or damaged, and nothing was changed; or the backend stops (code `stopping`).",
    s507="The disk is full. Nothing was changed.",
)
NAMED: Responses = {500: COMMON_ERRORS[500] | {"model": ErrorMessage}}
"""For one route, so that the document holds what SCHEMA names."""

SESSION_USER_GONE = error_responses(s404="The session's user was deleted (code `session_user_deleted`).")
RATE_LIMITED = error_responses(
    s429="Too many failed attempts (code `too_many_attempts`). Retry-After says when to try again."
)
