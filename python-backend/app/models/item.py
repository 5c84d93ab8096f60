"""Items."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field as PydanticField
from sqlalchemy import BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from app.models.fields import ApiModel, Moment, RequiredText, Text255, UtcDateTime, UuidOrText, utc_now
from backend_host.database.search_index import SearchIndex

Title = Annotated[RequiredText, PydanticField(examples=["Water the plants"])]

Description = Annotated[Text255, PydanticField(examples=["The fern needs twice as much."])]


class ItemBase(ApiModel):
    title: Title
    description: Description | None = None


class ItemCreate(ItemBase):
    pass


class ItemUpdate(ApiModel):
    # A default factory instead of None: the field is optional, but not nullable.
    title: Title = Field(default_factory=str)
    description: Description | None = None


class Item(SQLModel, table=True):
    __table_args__ = (
        Index("ix_item_owner_id_created_at", "owner_id", "created_at", "id"),
        Index("ix_item_created_at", "created_at", "id"),
    )
    __mapper_args__ = {"primary_key": ["id"]}

    # SQLite's rowid must be an INTEGER.
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    """Key of the search index. The ORM identifies items by id."""
    id: uuid.UUID = Field(default_factory=uuid.uuid4, unique=True, sa_type=UuidOrText)
    title: str = Field(max_length=255)
    description: str | None = Field(default=None, max_length=255)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    owner_id: uuid.UUID = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=UuidOrText)
    search_text: str | None = None
    """Folded title and description, for search. Filled at startup in rows that other programs inserted."""


ITEM_SEARCH = SearchIndex.of(Item, "title", "description")


class ItemPublic(ApiModel):
    id: uuid.UUID
    owner_id: uuid.UUID
    title: str
    description: str | None
    created_at: datetime


class ItemsPublic(ApiModel):
    data: list[ItemPublic]
    count: int
    """Total number of items, on all pages."""


class ItemSort(StrEnum):
    """Sort order of a list of items; `-` means descending. Items with equal values are sorted by id."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    TITLE = "title"
    TITLE_DESC = "-title"


class ItemFileRow(ItemBase):
    """An item in an exported or imported file."""

    id: uuid.UUID | None = None
    created_at: Moment | None = None


class ItemsImported(ApiModel):
    created: int
    updated: int
