"""The FastAPI application, with its routes and middleware."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext

from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlmodel import Session

from app.api.main import api_router
from app.api.routes import item_files, utils
from app.core.config import settings
from app.core.db import close, engine, init_db, watcher
from app.models.item import ITEM_SEARCH
from backend_host.http.error_handlers import add_error_handlers
from backend_host.http.launch_token import TOKEN_HEADER
from backend_host.http.middleware import host_middleware


def custom_generate_unique_id(route: APIRoute) -> str:
    """Return the first tag and the function's name, such as `items-read_items`, for readable generated clients."""
    return "-".join([*map(str, route.tags[:1]), route.name])


# One line, because generated clients repeat it in each file.
DESCRIPTION = (
    f"The backend of a desktop app. If a launcher started it, requests except the health check need the launch token in the "
    f"header {TOKEN_HEADER}. With authentication on, most requests also need an access token."
)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
    with Session(engine) as session:
        init_db(session)
    ITEM_SEARCH.index_missing_rows(engine)
    with watcher.running() if watcher else nullcontext():
        yield
    close(engine)


# From the routers, because the app's url_path_for would compile all routes.
imports, health_check = item_files.router.url_path_for("import_items"), utils.router.url_path_for("health_check")

app = FastAPI(
    title=settings.PROJECT_NAME,
    description=DESCRIPTION,
    version=settings.APP_VERSION,
    openapi_url=f"{settings.API_V1_STR}/openapi.json",
    # Only in development: the page loads scripts from a CDN.
    docs_url="/docs" if settings.FASTAPI_ENV == "development" else None,
    redoc_url=None,
    generate_unique_id_function=custom_generate_unique_id,
    lifespan=lifespan,
    middleware=host_middleware(
        settings,
        prefix=f"{settings.API_V1_STR}/",
        exempt_paths={f"{settings.API_V1_STR}{health_check}"},
        body_limits={f"{settings.API_V1_STR}{imports}": item_files.MAX_IMPORT_BYTES},
    ),
)
add_error_handlers(app)
app.include_router(api_router, prefix=settings.API_V1_STR)
if settings.STATIC_DIR:
    app.frontend("/", directory=settings.STATIC_DIR, fallback="index.html")
