import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response, status
from pydantic_core import to_json

from app import crud
from app.api.deps import CurrentViewer, Limit, SessionDep, Skip
from app.api.errors import ApiError, error_responses
from app.core.error_codes import ErrorCode
from app.models import Item, ItemCreate, ItemPublic, ItemSort, ItemsPublic, ItemUpdate, Message
from backend_host.fields import MAX_TEXT, NO_NUL

MISSING = "No such item (code `item_not_found`), or the session's user was deleted (`session_user_deleted`)."

router = APIRouter(
    prefix="/items", tags=["items"], responses=error_responses(s404=MISSING, s409="It changed (code `conflict`).")
)


def get_item(
    session: SessionDep, viewer: CurrentViewer, item_id: Annotated[uuid.UUID, Path(description="The item's id.")]
) -> Item:
    """The item of that id: 404 when there is none, 403 when it is somebody else's."""
    item = session.get(Item, item_id)
    if item is None:
        raise ApiError(status.HTTP_404_NOT_FOUND, ErrorCode.ITEM_NOT_FOUND, "Item not found")
    if not viewer.is_superuser and item.owner_id != viewer.id:
        raise ApiError(status.HTTP_403_FORBIDDEN, ErrorCode.NOT_PERMITTED, "Not enough permissions")
    return item


ItemDep = Annotated[Item, Depends(get_item)]


@router.get("/", response_model=ItemsPublic)
def read_items(
    session: SessionDep,
    viewer: CurrentViewer,
    skip: Skip = 0,
    limit: Limit = 100,
    search: Annotated[
        str, Query(max_length=MAX_TEXT, pattern=NO_NUL, description="A text that title or description must hold.")
    ] = "",
    sort: Annotated[ItemSort, Query(description="What comes first.")] = ItemSort.NEWEST,
) -> Response:
    """One page of items, and how many there are in all. A superuser sees everyone's.

    `search` keeps those with that text, whatever its case, anywhere in title or description.
    """
    items, count = crud.list_items(
        session=session, viewer=viewer, skip=skip, limit=limit, search=search.strip(), sort=sort
    )
    # Written as it is, not checked once more: the database checked it, and checking takes longer than finding.
    return Response(to_json({"data": items, "count": count}), media_type="application/json")


@router.post("/", response_model=ItemPublic)
def create_item(session: SessionDep, viewer: CurrentViewer, item_in: ItemCreate) -> Response:
    """Store a new item of the current user."""
    item = crud.create_item(session=session, item_in=item_in, owner_id=viewer.id)
    # Written here, in the thread that stored it: FastAPI takes another one to check what was checked.
    return Response(ItemPublic.model_validate(item).model_dump_json(), media_type="application/json")


@router.get("/{item_id}", response_model=ItemPublic)
def read_item(item: ItemDep) -> Item:
    """One item."""
    return item


@router.put("/{item_id}", response_model=ItemPublic)
def update_item(session: SessionDep, item: ItemDep, item_in: ItemUpdate) -> Item:
    """Change the fields given, and only those."""
    return crud.update_item(session=session, item=item, item_in=item_in)


@router.delete("/{item_id}")
def delete_item(session: SessionDep, item: ItemDep) -> Message:
    """Remove an item for good."""
    crud.delete_item(session=session, item=item)
    return Message(message="Item deleted successfully")
