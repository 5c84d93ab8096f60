"""Logins: token versions, recovery codes, emails in lower case"""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("token_version", sa.Integer(), server_default="0", nullable=False))
    user = sa.table("user", sa.column("id", sa.Uuid()), sa.column("email", sa.String()), sa.column("created_at"))
    rows = op.get_bind().execute(sa.select(user.c.id, user.c.email).order_by(user.c.created_at)).all()
    taken = {email for _, email in rows}
    for user_id, email in rows:
        new = email.lower()  # in Python: SQLite's lower() handles ASCII only
        # If another account has the email in lower case, this one is unchanged: lookup accepts both.
        if new not in taken:
            taken.add(new)
            op.execute(user.update().where(user.c.id == user_id).values(email=new))

    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_user_id"))

    op.drop_table("recovery_code")
    # Without rebuilding the table: dropping the old table would cascade to items.
    with op.batch_alter_table("user", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("token_version")
