"""What the API says of errors, of backups and of itself."""

from app.core.error_codes import AnyErrorCode
from app.models.fields import ApiModel
from backend_host.database.backup import BackupPublic


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
