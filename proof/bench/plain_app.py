"""Baseline app: two routes as in FastAPI's tutorial, with response_model, ORM objects, a session and a count query per request.

Run it with the bundled interpreter and the path of the database. Its first line on stdout is its port on loopback.
It has no authentication, search and users.
"""

import socket
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine, desc, func, select

OWNER = uuid.UUID("00000000-0000-4000-8000-000000000001")


class ItemIn(SQLModel):
    title: str = Field(min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=255)


class Item(ItemIn, table=True):
    number: int | None = Field(default=None, primary_key=True)
    id: uuid.UUID = Field(default_factory=uuid.uuid4)
    owner_id: uuid.UUID = OWNER
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class ItemOut(ItemIn):
    id: uuid.UUID
    owner_id: uuid.UUID
    created_at: datetime


class ItemsOut(SQLModel):
    data: list[ItemOut]
    count: int


engine = create_engine(f"sqlite:///{sys.argv[1]}", connect_args={"check_same_thread": False})
app = FastAPI()


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


@app.get("/api/v1/items/", response_model=ItemsOut)
def read_items(session: SessionDep, skip: int = 0, limit: int = 100) -> dict[str, object]:
    count = session.exec(select(func.count()).select_from(Item)).one()
    items = session.exec(select(Item).order_by(desc(Item.created_at)).offset(skip).limit(limit)).all()
    return {"data": items, "count": count}


@app.post("/api/v1/items/", response_model=ItemOut)
def create_item(session: SessionDep, item_in: ItemIn) -> Item:
    item = Item.model_validate(item_in)
    session.add(item)
    session.commit()
    session.refresh(item)
    return item


class PortPrintingServer(uvicorn.Server):
    """A Uvicorn server that prints its port after it has started."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


if __name__ == "__main__":
    PortPrintingServer(uvicorn.Config(app, port=0, log_level="warning")).run()
