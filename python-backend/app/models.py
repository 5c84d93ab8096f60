"""Tables and what the API takes and gives, one family an entity: Base, Create, Update, Public."""

import re
import uuid
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, EmailStr, StrictBool, StringConstraints, validate_email
from pydantic import Field as PydanticField
from pydantic_core import PydanticCustomError
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Dialect,
    Index,
    Integer,
    String,
    Uuid,
    event,
)
from sqlmodel import Field, SQLModel

from app.core.email_address import canonical_email
from app.core.error_codes import AnyErrorCode
from app.core.password_text import canonical_password
from app.core.text import is_blank, search_text
from backend_host.database.backup import BackupPublic as BackupPublic
from backend_host.database.backup import BackupReason as BackupReason
from backend_host.database.checked_types import CheckedType, require_text

# Alembic's batch mode rebuilds tables on SQLite and can only drop or change a constraint that has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

DEFAULT_USER_ID = uuid.UUID("00000000-0000-4000-8000-000000000001")
"""The account that owns everything while auth is off, and the first superuser once it is on."""

NO_NUL = r"^[^\x00]*$"
"""SQLite keeps a NUL, but its own functions, C programs and spreadsheets end a text there."""

EMAIL, NAME = "ada@example.com", "Ada Lovelace"
"""Examples for the API's description, as those below."""

MAX_TEXT = 255


def _require_visible(text: str) -> str:
    if is_blank(text):
        raise PydanticCustomError("required", "This field is required.")
    if "\0" in text:
        raise PydanticCustomError("nul", "NUL characters can't be stored.")
    return text


RequiredText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_TEXT),
    AfterValidator(_require_visible),
    PydanticField(json_schema_extra={"minLength": 1, "pattern": NO_NUL}),
]
"""A text of one to 255 characters of which at least one is visible."""
Title = Annotated[RequiredText, PydanticField(examples=["Water the plants"])]
Text255 = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=NO_NUL)]
FullName = Annotated[
    Text255, AfterValidator(lambda name: "" if is_blank(name) else name), PydanticField(examples=[NAME])
]
"""An optional name. One that nobody could see is stored as no name: the UI shows the email in its place."""
Description = Annotated[Text255, PydanticField(examples=["The fern needs twice as much."])]


def _required_password(value: object) -> object:
    """The canonical spelling, whose length counts. Raises PydanticCustomError for an empty one."""
    if value == "":
        raise PydanticCustomError("required", "This field is required.")
    return canonical_password(value) if isinstance(value, str) else value


MAX_PASSWORD = 128
Password = Annotated[
    str,
    BeforeValidator(_required_password),
    StringConstraints(min_length=8, max_length=MAX_PASSWORD),
    PydanticField(examples=["a long sentence"]),
]
SubmittedPassword = Annotated[
    str, StringConstraints(max_length=4 * MAX_PASSWORD), PydanticField(examples=["a long sentence"])
]
"""One to be checked: too short is wrong, not invalid. Decomposed, a letter is up to four characters."""


class UtcDateTime(CheckedType[datetime]):
    """A moment, stored without a zone as UTC (SQLite keeps none) and always read back as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


get_datetime_utc = utc_now
"""The FastAPI template's name."""


class CanonicalEmail(CheckedType[str]):
    """An email, stored and compared in its canonical spelling, so that it is unique and found however it is typed."""

    impl = String
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(MAX_TEXT)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return canonical_email(value) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return require_text(value)


class UuidOrText(CheckedType[uuid.UUID]):
    """A UUID column that compares with a UUID's text as well, on every database."""

    impl = Uuid
    cache_ok = True

    def process_bind_param(self, value: uuid.UUID | str | None, dialect: Dialect) -> uuid.UUID | None:
        return uuid.UUID(value) if isinstance(value, str) else value


def _refuse_display_name(value: object) -> object:
    if isinstance(value, str) and "<" in value:
        raise ValueError("write the address alone, as in ada@example.com")
    return value


def _require_canonical_form(email: str) -> str:
    """NFKC turns some letters into several, or into spaces: what is stored must be an address as well, and fit its column."""
    validate_email(canonical_email(email))
    return email


Email = Annotated[EmailStr, BeforeValidator(_refuse_display_name), AfterValidator(_require_canonical_form)]


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is taken as UTC. Raises ValueError for one outside the calendar."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is outside the calendar in UTC") from None


def _refuse_number(value: object) -> object:
    """Pydantic would take 0, "0" and true for 1970; the API's description promises a text with a date in it."""
    if not isinstance(value, date) and not (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value)):
        raise ValueError("write it as in 2026-01-31")
    return value


Moment = Annotated[
    datetime,
    BeforeValidator(_refuse_number),
    AfterValidator(to_utc),
    PydanticField(examples=["2026-01-31T09:30:00Z"]),
]
"""A moment as a request gives it, in UTC from then on. Its column is a `UtcDateTime`."""

Day = Annotated[date, BeforeValidator(_refuse_number), PydanticField(examples=["2026-01-31"])]
"""A day of the calendar as a request gives it, without a time or zone. Its column is a `Date`."""


class Viewer(NamedTuple):
    """Whom a request acts for, as far as most routes must know."""

    id: uuid.UUID
    is_superuser: bool


class ApiModel(SQLModel):
    """What a docstring says of a field, the API's description says too."""

    model_config = {"use_attribute_docstrings": True}


class UserBase(ApiModel):
    email: Email = Field(unique=True, index=True, max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    is_active: StrictBool = True
    is_superuser: StrictBool = False
    full_name: FullName | None = None


class User(UserBase, table=True):
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True, sa_type=UuidOrText)
    email: str = Field(unique=True, index=True, sa_type=CanonicalEmail)
    full_name: str | None = Field(default=None, max_length=MAX_TEXT)
    hashed_password: str = ""
    """Empty: the account has no password and nobody can log in to it."""
    token_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Raised with every new password: login and reset tokens of an older version are no longer good."""
    surviving_session: str | None = Field(default=None, max_length=64)
    """`<token version> <token id>`: the session that set the password of that version, and goes on with its old token."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    search_text: str | None = None
    """Email and name as search compares them, set at every flush. Rows of other programs get theirs at the next start."""


@event.listens_for(User, "before_insert")
@event.listens_for(User, "before_update")
def _set_search_text(_mapper: Any, _connection: Connection, user: User) -> None:
    user.search_text = search_text(user.email, user.full_name)


class RecoveryCode(SQLModel, table=True):
    """One unused recovery code. A used one is deleted."""

    __tablename__ = "recovery_code"

    code_hash: str = Field(primary_key=True, max_length=64)
    user_id: uuid.UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True, sa_type=UuidOrText)


class UserRegister(ApiModel):
    email: Email = Field(max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    password: Password
    full_name: FullName | None = None


class UserCreate(UserBase):
    password: Password


# A factory, not None: a field may be left out, and is then not touched, but null is no value for it.
class UserUpdate(ApiModel):
    email: Email = Field(default_factory=str, max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    password: Password = Field(default_factory=str)
    is_active: StrictBool = Field(default_factory=bool)
    is_superuser: StrictBool = Field(default_factory=bool)
    full_name: FullName | None = None


class UserUpdateMe(ApiModel):
    email: Email = Field(default_factory=str, max_length=MAX_TEXT, schema_extra={"examples": [EMAIL]})
    full_name: FullName | None = None


class UpdatePassword(ApiModel):
    current_password: SubmittedPassword
    new_password: Password


class UserPublic(UserBase):
    # Not checked again: one that got in somehow must not hide every other user.
    email: str
    full_name: str | None = None
    id: uuid.UUID
    created_at: datetime


class UsersPublic(ApiModel):
    data: list[UserPublic]
    count: int
    """How many there are in all, not only on this page."""


class UserSort(StrEnum):
    """What a list of users is sorted by; a minus turns it round. Users without a name come last."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    EMAIL = "email"
    EMAIL_BACKWARDS = "-email"
    NAME = "full_name"
    NAME_BACKWARDS = "-full_name"


class ItemBase(ApiModel):
    title: Title
    description: Description | None = None


class ItemCreate(ItemBase):
    pass


class ItemUpdate(ApiModel):
    # A factory, not None: the field may be left out, and is then not touched, but null is not a title.
    title: Title = Field(default_factory=str)
    description: Description | None = None


class Item(SQLModel, table=True):
    __table_args__ = (
        Index("ix_item_owner_id_created_at", "owner_id", "created_at", "id"),
        Index("ix_item_created_at", "created_at", "id"),
    )
    __mapper_args__ = {"primary_key": ["id"]}

    # SQLite takes INTEGER alone for the row's own number.
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    """The row's own key, by which SQLite's search index knows it. Everything else knows an item by its id."""
    id: uuid.UUID = Field(default_factory=uuid.uuid4, unique=True, sa_type=UuidOrText)
    title: str = Field(max_length=255)
    description: str | None = Field(default=None, max_length=255)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    owner_id: uuid.UUID = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=UuidOrText)
    search_text: str | None = None
    """Title and description as search compares them. crud writes it; rows of other programs get theirs at the next start."""


class ItemPublic(ApiModel):
    id: uuid.UUID
    owner_id: uuid.UUID
    title: str
    description: str | None
    created_at: datetime


class ItemsPublic(ApiModel):
    data: list[ItemPublic]
    count: int
    """How many there are in all, not only on this page."""


class ItemSort(StrEnum):
    """What a list of items is sorted by; a minus turns it round. The id decides between equals."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    TITLE = "title"
    TITLE_BACKWARDS = "-title"


class ItemTransfer(ItemBase):
    """An item in an exported file, and what an import takes."""

    id: uuid.UUID | None = None
    created_at: Moment | None = None


class ItemsImported(ApiModel):
    created: int
    updated: int


class Message(ApiModel):
    message: str


class ErrorMessage(ApiModel):
    """Why a request was refused."""

    detail: str
    code: AnyErrorCode | None = None
    """The same as the header X-Error-Code, which every error response has. Left out where the body is compatible with the FastAPI template's."""


class BackupsPublic(ApiModel):
    data: list[BackupPublic]
    count: int


class Restored(ApiModel):
    restored: str
    kept_as: BackupPublic | None
    """The backup that holds what was replaced; none when that could not be read."""


class Token(ApiModel):
    access_token: str
    token_type: str = "bearer"


class TokenPayload(SQLModel):
    """The claims of a login or reset token."""

    sub: uuid.UUID
    """The user's id."""
    ver: int = 0
    """The user's token version."""
    jti: str = ""
    """The token's own id. Tokens of versions that kept no session have none."""


class ConfirmPassword(ApiModel):
    password: SubmittedPassword


class RecoveryCodes(ApiModel):
    codes: list[str]
    """Shown this once: only their hashes are kept."""


class RecoveryCodesLeft(ApiModel):
    count: int


class RecoverPassword(ApiModel):
    email: Annotated[Text255, PydanticField(examples=[EMAIL])]
    code: Annotated[Text255, PydanticField(examples=["7QK2M-X4D9P-TRHW3-F5G6H"])]


class ResetToken(ApiModel):
    token: str
    """Sets a new password, once."""
    expires_in_s: int


class NewPassword(ApiModel):
    token: str = Field(schema_extra={"examples": ["eyJhbGciOiJIUzI1NiJ9.…"]})
    new_password: Password


class About(ApiModel):
    """What a client must know before anybody has logged in."""

    version: str
    auth_required: bool
    server: bool
    """Whether this is a server for many, and not one person's own backend."""
    api_version: int
    """Changes when a client of before could not go on."""
    signup: bool = True
    """Whether people may make an account by themselves. Servers of before this was there let everybody."""


class Diagnostics(ApiModel):
    """What a report of a fault should carry. Holds no secret."""

    version: str
    python: str
    sqlite: str
    database: str
    """What holds the data, with its version."""
    platform: str
    runtime: str
    """Where the interpreter came from: `official release`, `mirror`, `local archive`, `Go module`, or `system` if it was not staged."""
    code_digest: str
    schema_revision: str
    data_dir: str
