"""Create, read, update and delete rows. Arguments are keyword-only, except that of `has_active_superuser`; no module here imports FastAPI or Starlette."""

from app.core.db import has_active_superuser
from app.crud.items import (
    ITEM_FILE,
    create_item,
    delete_item,
    export_items,
    import_items,
    list_items,
    update_item,
)
from app.crud.recovery import count_recovery_codes, issue_recovery_codes, use_recovery_code
from app.crud.users import (
    EmailTakenError,
    LastSuperuserError,
    authenticate,
    check_password,
    create_user,
    delete_user,
    get_user,
    get_user_by_email,
    list_users,
    set_password,
    update_user,
)

__all__ = [
    "ITEM_FILE",
    "EmailTakenError",
    "LastSuperuserError",
    "authenticate",
    "check_password",
    "count_recovery_codes",
    "create_item",
    "create_user",
    "delete_item",
    "delete_user",
    "export_items",
    "get_user",
    "get_user_by_email",
    "has_active_superuser",
    "import_items",
    "issue_recovery_codes",
    "list_items",
    "list_users",
    "set_password",
    "update_item",
    "update_user",
    "use_recovery_code",
]
