"""Users: canonical emails, and the session that remains valid after a password change"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def _canonical(email: str) -> str:
    local, at, domain = email.rpartition("@")
    for _ in range(2):
        local = unicodedata.normalize("NFKC", local.casefold())
    return f"{local}{at}{domain}"


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("surviving_session", sa.String(length=64), nullable=True))
    user = sa.table("user", sa.column("id", sa.Uuid()), sa.column("email", sa.String()), sa.column("created_at"))
    rows = op.get_bind().execute(sa.select(user.c.id, user.c.email).order_by(user.c.created_at)).all()
    taken = {email for _, email in rows}
    for user_id, email in rows:
        new = _canonical(email)
        # If another account has the canonical email, this one is unchanged: lookup accepts both.
        if new not in taken:
            taken.add(new)
            op.execute(user.update().where(user.c.id == user_id).values(email=new))


def downgrade() -> None:
    # Without rebuilding the table: dropping the old table would cascade to items.
    with op.batch_alter_table("user", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("surviving_session")
