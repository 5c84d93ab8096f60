from collections.abc import AsyncIterator
from contextlib import closing
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError

from app import crud
from app.api.deps import CurrentPrincipal, SessionDep, UploadPrincipal
from app.api.errors import SESSION_USER_DELETED
from app.core.config import settings
from app.models import ItemFileRow, ItemsImported, utc_now
from backend_host.http.temporary_file_response import TemporaryFileResponse, temporary_file
from backend_host.transfer.errors import RowError
from backend_host.transfer.table_file import FileFormat

router = APIRouter(prefix="/items", tags=["items"], responses=SESSION_USER_DELETED)

MAX_IMPORT_BYTES = 64 * 1024 * 1024
"""100,000 items of typical length take 16 MiB."""

FormatQuery = Annotated[FileFormat, Query(alias="format", description="File format.")]


async def spool_body(request: Request) -> AsyncIterator[BinaryIO]:
    """Write the request body to a temporary file."""
    with temporary_file("import", settings.DATA_DIR) as body:
        async for chunk in request.stream():
            body.write(chunk)
        yield body


@router.get(
    "/export",
    response_class=TemporaryFileResponse,
    responses={
        200: {
            "model": list[ItemFileRow],
            "content": {"text/csv": {"schema": {"type": "string"}}},
            "description": "The file, as an attachment.",
        }
    },
)
def export_items(
    session: SessionDep, principal: CurrentPrincipal, file_format: FormatQuery = FileFormat.JSON
) -> TemporaryFileResponse:
    """Export the current user's items as a file, oldest first."""
    file = temporary_file("export", settings.DATA_DIR)
    try:
        items = crud.export_items(session=session, owner_id=principal.id)
        file.writelines(crud.ITEM_FILE.write(items, file_format))
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="items-{utc_now():%Y-%m-%d}.{file_format}"'}
    return TemporaryFileResponse(file, media_type=file_format.media_type, headers=headers)


@router.post(
    "/import",
    responses={
        422: {
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}},
            "description": "The first invalid row.",
        }
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def import_items(
    principal: UploadPrincipal,
    body: Annotated[BinaryIO, Depends(spool_body)],
    session: SessionDep,
) -> ItemsImported:
    """Import the items of a file, all or none. The format is detected from the content.

    JSON is an array of items, a page of the items list, or one item per line (NDJSON). CSV is separated by comma, semicolon,
    tab or vertical bar, and its first row names the columns; `title` is required. Text is UTF-8, or UTF-16 or
    UTF-32 with a byte order mark.

    A row with the id of one of the user's items replaces that item. A row with a new id is created with that id; a row without
    an id, or with the id of another user's item, gets a new id.
    """
    try:
        for _ in crud.ITEM_FILE.read(body):
            pass  # validate the complete file before locking the database
    except RowError as error:
        invalid = {
            "loc": ("body", error.row, error.field or ("item" if error.row else "file")),
            "msg": str(error),
            "type": "import_row",
        }
        raise RequestValidationError([invalid]) from None
    with closing(crud.ITEM_FILE.read(body)) as items:  # closed before the file
        return crud.import_items(session=session, owner_id=principal.id, items=items)
