"""The host's middleware, in order."""

from collections.abc import Collection, Mapping

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from backend_host.http.body_limit import BodyLimitMiddleware
from backend_host.http.error_middleware import ErrorResponseMiddleware
from backend_host.http.error_response import CODE_HEADER
from backend_host.http.launch_token import TOKEN_HEADER, LaunchTokenMiddleware
from backend_host.http.request_id import REQUEST_ID_HEADER, RequestIdMiddleware
from backend_host.http.security_headers import SecurityHeadersMiddleware
from backend_host.http.strict_headers import StrictHeadersMiddleware
from backend_host.settings.base import HostSettings


def host_middleware(
    settings: HostSettings,
    *,
    prefix: str = "/",
    exempt_paths: Collection[str] = (),
    body_limits: Mapping[str, int] | None = None,
) -> list[Middleware]:
    """The outermost first, as Starlette's and FastAPI's `middleware` argument takes them.

    `prefix` is where the API begins, which asks for the launch token except at `exempt_paths`. `body_limits` are the
    paths whose requests may be larger than usual, with their limit in bytes. CORS comes before the launch token: a
    preflight request carries none.
    """
    return [
        Middleware(RequestIdMiddleware),
        Middleware(StrictHeadersMiddleware, allowed_hosts=settings.allowed_hosts),
        Middleware(
            CORSMiddleware,
            allow_origins=settings.BACKEND_CORS_ORIGINS,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", TOKEN_HEADER, REQUEST_ID_HEADER],
            expose_headers=["Content-Disposition", REQUEST_ID_HEADER, CODE_HEADER],
        ),
        Middleware(
            LaunchTokenMiddleware,
            prefix=prefix,
            exempt_paths=exempt_paths,
            origins=settings.BACKEND_CORS_ORIGINS,
            token=settings.LAUNCH_TOKEN,
        ),
        Middleware(BodyLimitMiddleware, larger=body_limits or {}),
        Middleware(ErrorResponseMiddleware),
        *([Middleware(SecurityHeadersMiddleware)] if settings.STATIC_DIR else []),
    ]


def wrap(app: ASGIApp, middleware: list[Middleware]) -> ASGIApp:
    """`app` inside of `middleware`, the first of which is the outermost."""
    for each in reversed(middleware):
        app = each.cls(app, *each.args, **each.kwargs)
    return app
