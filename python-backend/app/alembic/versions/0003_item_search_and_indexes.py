"""Items: a stable row number, an index for each sort order, and a search index (updated by triggers on SQLite)"""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None

# In SQL, because Alembic's batch mode can't add a primary key and has no virtual tables or triggers.
COLUMNS = "id, title, description, created_at, owner_id"
OTHER_COLUMNS = (
    "title VARCHAR(255) NOT NULL, description VARCHAR(255), created_at DATETIME NOT NULL, owner_id CHAR(32) NOT NULL"
)
OWNER_KEY = "CONSTRAINT fk_item_owner_id_user FOREIGN KEY(owner_id) REFERENCES user (id) ON DELETE CASCADE"
INDEX = (
    "INSERT INTO item_search (rowid, title, description) VALUES (new.number, new.title, coalesce(new.description, ''))"
)
UNINDEX = (
    "INSERT INTO item_search (item_search, rowid, title, description)"
    " VALUES ('delete', old.number, old.title, coalesce(old.description, ''))"
)


def _rebuild(key_columns: str, keys: str, order: str) -> None:
    op.execute(f"CREATE TABLE item_new ({key_columns}, {OTHER_COLUMNS}, {keys}, {OWNER_KEY})")
    op.execute(f"INSERT INTO item_new ({COLUMNS}) SELECT {COLUMNS} FROM item ORDER BY {order}")  # noqa: S608
    op.execute("DROP TABLE item")
    op.execute("ALTER TABLE item_new RENAME TO item")
    op.create_index("ix_item_owner_id_created_at", "item", ["owner_id", "created_at", "id"])


FOLDED = """translate(lower({} COLLATE "und-x-icu"), 'ςµϐϑϕϖϰϱϵſ', 'σμβθφπκρεs') gin_trgm_ops"""  # noqa: RUF001


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _upgrade_postgresql() -> None:
    op.execute("ALTER TABLE item DROP CONSTRAINT pk_item")
    op.execute("ALTER TABLE item ADD number bigserial CONSTRAINT pk_item PRIMARY KEY")
    op.execute("ALTER TABLE item ADD CONSTRAINT uq_item_id UNIQUE (id)")
    op.create_index("ix_item_created_at", "item", ["created_at", "id"])
    # lower() with collation "C" handles ASCII only, like NOCASE.
    op.execute('CREATE INDEX nocase_item_owner_id_title ON item (owner_id, lower(title COLLATE "C"), id)')
    op.execute('CREATE INDEX nocase_item_title ON item (lower(title COLLATE "C"), id)')
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    texts = ", ".join(FOLDED.format(name) for name in ("title", "description"))
    op.execute(f"CREATE INDEX item_search ON item USING gin ({texts})")


def _downgrade_postgresql() -> None:
    for name in ("item_search", "nocase_item_title", "nocase_item_owner_id_title", "ix_item_created_at"):
        op.drop_index(name, "item")
    op.execute("ALTER TABLE item DROP number, DROP CONSTRAINT uq_item_id, ADD CONSTRAINT pk_item PRIMARY KEY (id)")


def upgrade() -> None:
    if _is_postgresql():
        _upgrade_postgresql()
        return
    # The search index needs an integer key that VACUUM preserves, unlike the implicit rowid.
    _rebuild(
        "number INTEGER NOT NULL, id CHAR(32) NOT NULL",
        keys="CONSTRAINT pk_item PRIMARY KEY (number), CONSTRAINT uq_item_id UNIQUE (id)",
        order="created_at, id",
    )
    op.create_index("ix_item_created_at", "item", ["created_at", "id"])
    op.execute("CREATE INDEX nocase_item_owner_id_title ON item (owner_id, title COLLATE NOCASE, id)")
    op.execute("CREATE INDEX nocase_item_title ON item (title COLLATE NOCASE, id)")

    op.execute(
        "CREATE VIRTUAL TABLE item_search USING fts5(title, description, content='', columnsize=0, tokenize='trigram')"
    )
    op.execute(
        "INSERT INTO item_search (rowid, title, description) SELECT number, title, coalesce(description, '') FROM item"
    )
    op.execute(f"CREATE TRIGGER item_search_added AFTER INSERT ON item BEGIN {INDEX}; END")
    op.execute(f"CREATE TRIGGER item_search_deleted AFTER DELETE ON item BEGIN {UNINDEX}; END")
    op.execute(
        f"CREATE TRIGGER item_search_changed AFTER UPDATE OF number, title, description ON item"
        f" BEGIN {UNINDEX}; {INDEX}; END"
    )


def downgrade() -> None:
    if _is_postgresql():
        _downgrade_postgresql()
        return
    op.execute("DROP TABLE item_search")
    _rebuild("id CHAR(32) NOT NULL", keys="CONSTRAINT pk_item PRIMARY KEY (id)", order="number")
