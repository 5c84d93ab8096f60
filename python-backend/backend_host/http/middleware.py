"""The host's middleware stack."""

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
    """Return the middleware for the `middleware` argument of Starlette or FastAPI, outermost first.

    `prefix` is the path prefix of the API, which requires the launch token except at `exempt_paths`. `body_limits` maps
    paths to their limit of the request body in bytes. CORS precedes the launch token, which preflight requests do not
    have.
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
        Middleware(BodyLimitMiddleware, body_limits=body_limits or {}),
        Middleware(ErrorResponseMiddleware),
        *([Middleware(SecurityHeadersMiddleware)] if settings.STATIC_DIR else []),
    ]


def wrap(app: ASGIApp, middleware: list[Middleware]) -> ASGIApp:
    """Return `app` wrapped in `middleware`, outermost first."""
    for each in reversed(middleware):
        app = each.cls(app, *each.args, **each.kwargs)
    return app
