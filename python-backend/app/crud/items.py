"""Items: what is done with them."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.models import Item, ItemCreate, ItemUpdate, User


def list_items(*, session: Session, viewer: User, skip: int, limit: int) -> tuple[list[Item], int]:
    """One page, newest first, of the items `viewer` may see (a superuser: all), and how many there are in all."""
    mine = [] if viewer.is_superuser else [Item.owner_id == viewer.id]
    count = session.exec(select(func.count()).select_from(Item).where(*mine)).one()
    page = select(Item).where(*mine).order_by(col(Item.created_at).desc(), col(Item.id)).offset(skip).limit(limit)
    return list(session.exec(page).all()), count


def create_item(*, session: Session, item_in: ItemCreate, owner_id: object) -> Item:
    """Store a new item of `owner_id`."""
    item = Item.model_validate(item_in, update={"owner_id": owner_id})
    session.add(item)
    session.commit()
    session.refresh(item)
    return item


def update_item(*, session: Session, item: Item, item_in: ItemUpdate) -> Item:
    """Change the fields that were given, and only those."""
    item.sqlmodel_update(item_in.model_dump(exclude_unset=True))
    session.add(item)
    session.commit()
    session.refresh(item)
    return item


def delete_item(*, session: Session, item: Item) -> None:
    """Remove an item for good."""
    session.delete(item)
    session.commit()
