import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response, status
from pydantic_core import to_json

from app import crud
from app.api.deps import CurrentPrincipal, Limit, SessionDep, Skip
from app.api.errors import ApiError, error_responses
from app.core.error_codes import ErrorCode
from app.models import Item, ItemCreate, ItemPublic, ItemSort, ItemsPublic, ItemUpdate, Message
from backend_host.fields import MAX_TEXT, NO_NUL

NOT_FOUND = (
    "The item does not exist (code `item_not_found`), was deleted concurrently (`gone`), "
    "or the session's user was deleted (`session_user_deleted`)."
)

router = APIRouter(
    prefix="/items",
    tags=["items"],
    responses=error_responses(s404=NOT_FOUND, s409="The current user was deleted concurrently (code `conflict`)."),
)


def get_item(
    session: SessionDep, principal: CurrentPrincipal, item_id: Annotated[uuid.UUID, Path(description="The item's id.")]
) -> Item:
    """Return the item. Raises 404 if it does not exist, 403 if another user owns it and the current user is not a superuser."""
    item = session.get(Item, item_id)
    if item is None:
        raise ApiError(status.HTTP_404_NOT_FOUND, ErrorCode.ITEM_NOT_FOUND, "Item not found")
    if not principal.is_superuser and item.owner_id != principal.id:
        raise ApiError(status.HTTP_403_FORBIDDEN, ErrorCode.NOT_PERMITTED, "Not enough permissions")
    return item


ItemDep = Annotated[Item, Depends(get_item)]


@router.get("/", response_model=ItemsPublic)
def read_items(
    session: SessionDep,
    principal: CurrentPrincipal,
    skip: Skip = 0,
    limit: Limit = 100,
    search: Annotated[
        str, Query(max_length=MAX_TEXT, pattern=NO_NUL, description="Text that title or description contains.")
    ] = "",
    sort: Annotated[ItemSort, Query(description="Sort order.")] = ItemSort.NEWEST,
) -> Response:
    """Return a page of the current user's items, or of all users' items for a superuser, and the total count.

    `search` selects items whose title or description contains it, case-insensitively.
    """
    items, count = crud.list_items(
        session=session, principal=principal, skip=skip, limit=limit, search=search.strip(), sort=sort
    )
    # Serialized without response validation, which takes longer than the query.
    return Response(to_json({"data": items, "count": count}), media_type="application/json")


@router.post("/", response_model=ItemPublic)
def create_item(session: SessionDep, principal: CurrentPrincipal, item_in: ItemCreate) -> Response:
    """Create an item that the current user owns."""
    item = crud.create_item(session=session, item_in=item_in, owner_id=principal.id)
    # Serialized in this thread: FastAPI would validate the response in another one.
    return Response(ItemPublic.model_validate(item).model_dump_json(), media_type="application/json")


@router.get("/{item_id}", response_model=ItemPublic)
def read_item(item: ItemDep) -> Item:
    """Return an item."""
    return item


@router.put("/{item_id}", response_model=ItemPublic)
def update_item(session: SessionDep, item: ItemDep, item_in: ItemUpdate) -> Item:
    """Change the given fields."""
    return crud.update_item(session=session, item=item, item_in=item_in)


@router.delete("/{item_id}")
def delete_item(session: SessionDep, item: ItemDep) -> Message:
    """Delete an item."""
    crud.delete_item(session=session, item=item)
    return Message(message="Item deleted successfully")
