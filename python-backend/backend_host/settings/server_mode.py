"""What a server must be given before it serves others."""

from app.core.settings import Settings
from backend_host.errors import SecretKeyError

INSTEAD_OF_BACKUPS = (
    "This is a server's database: PostgreSQL's own tools back it up. Use `pg_dump --format=custom`, and `pg_restore` "
    "to put a backup in its place while no worker runs."
)


def check(settings: Settings) -> None:
    """Raise SecretKeyError when this server would sign logins with a key that only one host has."""
    if settings.is_server and not settings.SECRET_KEY_GIVEN:
        raise SecretKeyError(
            "A server needs a SECRET_KEY, the same for all workers and hosts. Set the variable to at least 32 "
            "characters, such as those that `openssl rand -hex 32` prints."
        )
