"""Users: a column of folded email and name for search"""

import sqlalchemy as sa
from alembic import op

from backend_host.text.folding import search_text

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None

_USER = sa.table("user", *map(sa.column, ("id", "email", "full_name", "search_text")))


def upgrade() -> None:
    op.add_column("user", sa.Column("search_text", sa.String(), nullable=True))
    connection = op.get_bind()
    users = connection.execute(sa.select(_USER.c.id, _USER.c.email, _USER.c.full_name)).all()
    if users:
        fill = _USER.update().where(_USER.c.id == sa.bindparam("user_id")).values(search_text=sa.bindparam("text"))
        texts = [{"user_id": user.id, "text": search_text(user.email, user.full_name)} for user in users]
        connection.execute(fill, texts)


def downgrade() -> None:
    op.drop_column("user", "search_text")
