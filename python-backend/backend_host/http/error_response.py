"""The response that carries an error."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from app.core.error_codes import ErrorCode

CODE_HEADER = "X-Error-Code"
"""Carries the code of every error response, whatever its body is."""

_TEMPLATE_BODIES = frozenset({ErrorCode.SUPERUSER_REQUIRED})
"""Errors whose body is the FastAPI template's to the letter: tests that people bring along compare the whole of it."""


def error_response(status: int, code: ErrorCode, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as every client gets it: `detail` for people, `code` for programs."""
    body = {"detail": detail} if code in _TEMPLATE_BODIES else {"detail": detail, "code": code}
    return JSONResponse(body, status, {**(headers or {}), CODE_HEADER: code})
