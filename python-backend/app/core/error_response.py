"""The response that carries an error."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from app.core.error_codes import ErrorCode


def error_response(status: int, code: ErrorCode, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as every client gets it: `detail` for people, `code` for programs."""
    return JSONResponse({"detail": detail, "code": code}, status, headers)
