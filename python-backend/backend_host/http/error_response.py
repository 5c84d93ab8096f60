"""The response that carries an error."""

from collections.abc import Mapping
from enum import StrEnum

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from backend_host.error_codes import HostErrorCode

CODE_HEADER = "X-Error-Code"
"""Carries the code of every error response, whatever its body is."""

_RETRYABLE = frozenset({HostErrorCode.DATABASE_BUSY, HostErrorCode.DATABASE_UNREACHABLE})


def error_response(
    status: int,
    code: StrEnum,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    code_in_body: bool = True,
) -> JSONResponse:
    """An error as every client gets it: `detail` for people, `code` for programs; Retry-After where a retry makes sense."""
    body = {"detail": detail, "code": code} if code_in_body else {"detail": detail}
    retry = {"Retry-After": "1"} if code in _RETRYABLE else {}
    return JSONResponse(body, status, {**retry, **(headers or {}), CODE_HEADER: code})


class ApiError(HTTPException):
    """An error response of a route, which clients identify by its code. Routes raise nothing else."""

    def __init__(
        self,
        status: int,
        code: StrEnum,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        code_in_body: bool = True,
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.code_in_body = code_in_body
        """False for a body that clients of an older API compare as a whole; the header has the code."""
