"""The FastAPI application: routes, and who may reach them."""

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


def short_operation_id(route: APIRoute) -> str:
    """`items-read_items`: the tag, if there is one, and the function's name, so that generated clients read well."""
    return "-".join([*map(str, route.tags[:1]), route.name])


# One line: generated clients repeat it at the top of every file.
DESCRIPTION = (
    f"The backend of a desktop app. Started by a launcher, it wants that launch's token in the header {TOKEN_HEADER} of "
    "every request but the health check. With authentication on, most requests need a login as well."
)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
    with Session(engine) as session:
        init_db(session)
    ITEM_SEARCH.catch_up(engine)
    with watcher.running() if watcher else nullcontext():
        yield
    close(engine)


# By their own routers: the app would make all routes ready to find them.
imports, health_check = item_files.router.url_path_for("import_items"), utils.router.url_path_for("health_check")

app = FastAPI(
    title=settings.PROJECT_NAME,
    description=DESCRIPTION,
    version=settings.APP_VERSION,
    openapi_url=f"{settings.API_V1_STR}/openapi.json",
    # Its page loads scripts from elsewhere, which an installed app never does.
    docs_url="/docs" if settings.FASTAPI_ENV == "development" else None,
    redoc_url=None,
    generate_unique_id_function=short_operation_id,
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
