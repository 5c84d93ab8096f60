"""Search: a column of folded text, and an index of it that imports fill in batches"""

import json
from collections.abc import Iterator

from alembic import op

from backend_host.text.folding import search_text

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None

BATCH_ROWS = 1_000

# Imports store rows in one transaction and index them in batches. item_search_pending has the rows that are not indexed yet;
# indexed_text is the row's previous text, which the index still contains, or NULL.
SEARCH = (
    "CREATE VIRTUAL TABLE item_search USING fts5(text, content='', columnsize=0, tokenize='trigram case_sensitive 1')"
)
PENDING = "CREATE TABLE item_search_pending (number INTEGER PRIMARY KEY, indexed_text TEXT)"
MISSING = "CREATE INDEX item_search_missing ON item (number) WHERE search_text IS NULL"
INDEX = "INSERT INTO item_search (rowid, text) VALUES (new.number, coalesce(new.search_text, ''))"
UNINDEX = (
    "INSERT INTO item_search (item_search, rowid, text) VALUES ('delete', old.number, coalesce(old.search_text, ''))"
)
NOT_PENDING = "NOT EXISTS (SELECT 1 FROM item_search_pending WHERE number = {}.number)"
TRIGGERS = (
    f"item_search_added AFTER INSERT ON item WHEN {NOT_PENDING.format('new')} BEGIN {INDEX}; END",
    f"item_search_deleted AFTER DELETE ON item WHEN {NOT_PENDING.format('old')} BEGIN {UNINDEX}; END",
    "item_search_changed AFTER UPDATE OF number, search_text ON item WHEN (old.number, old.search_text) IS NOT"
    f" (new.number, new.search_text) AND {NOT_PENDING.format('old')} BEGIN {UNINDEX}; {INDEX}; END",
)

# The search index of migration 0003, for the downgrade.
OLD_SEARCH = (
    "CREATE VIRTUAL TABLE item_search USING fts5(title, description, content='', columnsize=0, tokenize='trigram')"
)
OLD_INDEX = (
    "INSERT INTO item_search (rowid, title, description) VALUES (new.number, new.title, coalesce(new.description, ''))"
)
OLD_UNINDEX = (
    "INSERT INTO item_search (item_search, rowid, title, description)"
    " VALUES ('delete', old.number, old.title, coalesce(old.description, ''))"
)
OLD_TRIGGERS = (
    f"item_search_added AFTER INSERT ON item BEGIN {OLD_INDEX}; END",
    f"item_search_deleted AFTER DELETE ON item BEGIN {OLD_UNINDEX}; END",
    f"item_search_changed AFTER UPDATE OF number, title, description ON item BEGIN {OLD_UNINDEX}; {OLD_INDEX}; END",
)
OLD_FOLDED = """translate(lower({} COLLATE "und-x-icu"), 'ςµϐϑϕϖϰϱϵſ', 'σμβθφπκρεs') gin_trgm_ops"""  # noqa: RUF001


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _texts() -> Iterator[list[tuple[int, str]]]:
    """The numbers and search texts of all items, in batches."""
    connection = op.get_bind()
    last = -(2**63)
    read = f"SELECT number, title, description FROM item WHERE number > {{}} ORDER BY number LIMIT {BATCH_ROWS}"  # noqa: S608
    while rows := connection.exec_driver_sql(read.format(last)).all():
        last = rows[-1][0]
        yield [(number, search_text(title, description)) for number, title, description in rows]


def _fill() -> None:
    connection = op.get_bind()
    for texts in _texts():
        if _is_postgresql():
            connection.exec_driver_sql(
                "UPDATE item SET search_text = text.value ->> 1 FROM json_array_elements(%s::json) text"
                " WHERE item.number = (text.value ->> 0)::bigint",
                (json.dumps(texts),),
            )
        else:
            connection.exec_driver_sql(
                "UPDATE item SET search_text = ? WHERE number = ?", [(text, number) for number, text in texts]
            )


def upgrade() -> None:
    if _is_postgresql():
        op.drop_index("item_search", "item")
        op.execute("ALTER TABLE item ADD search_text varchar")
        _fill()
        op.execute("CREATE INDEX item_search ON item USING gin (search_text gin_trgm_ops)")
        op.execute(MISSING)
        return
    for trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger.split()[0]}")
    op.execute("DROP TABLE item_search")
    op.execute("ALTER TABLE item ADD search_text VARCHAR")
    _fill()
    op.execute(MISSING)
    op.execute(SEARCH)
    op.execute("INSERT INTO item_search (rowid, text) SELECT number, search_text FROM item")
    op.execute(PENDING)
    for trigger in TRIGGERS:
        op.execute(f"CREATE TRIGGER {trigger}")


def downgrade() -> None:
    op.drop_index("item_search_missing", "item")
    if _is_postgresql():
        op.drop_index("item_search", "item")
        op.execute("ALTER TABLE item DROP search_text")
        texts = ", ".join(OLD_FOLDED.format(name) for name in ("title", "description"))
        op.execute(f"CREATE INDEX item_search ON item USING gin ({texts})")
        return
    for trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger.split()[0]}")
    op.execute("DROP TABLE item_search")
    op.execute("DROP TABLE item_search_pending")
    op.execute("ALTER TABLE item DROP COLUMN search_text")
    op.execute(OLD_SEARCH)
    op.execute(
        "INSERT INTO item_search (rowid, title, description) SELECT number, title, coalesce(description, '') FROM item"
    )
    for trigger in OLD_TRIGGERS:
        op.execute(f"CREATE TRIGGER {trigger}")
