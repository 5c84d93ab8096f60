"""The format of error responses."""

from collections.abc import Mapping
from enum import StrEnum

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from backend_host.error_codes import HostErrorCode

CODE_HEADER = "X-Error-Code"
"""Response header with the error code, on every error response."""

_RETRYABLE = frozenset({HostErrorCode.DATABASE_BUSY, HostErrorCode.DATABASE_UNREACHABLE})


def error_response(
    status: int,
    code: StrEnum,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    code_in_body: bool = True,
) -> JSONResponse:
    """Return a response `{"detail", "code"}` with CODE_HEADER, and Retry-After if the error is temporary.

    `detail` is for users, `code` for programs. `code_in_body=False` omits `code` from the body.
    """
    body = {"detail": detail, "code": code} if code_in_body else {"detail": detail}
    retry_after = {"Retry-After": "1"} if code in _RETRYABLE else {}
    return JSONResponse(body, status, {**retry_after, **(headers or {}), CODE_HEADER: code})


class ApiError(HTTPException):
    """An HTTPException with an error code. Routes raise it for every error response."""

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
        """False if older clients compare the complete body. The code is then only in CODE_HEADER."""
