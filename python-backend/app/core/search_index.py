"""Keeps the index of the search complete: for rows that an import stored, and for rows that other programs wrote.

Until then a search looks at those rows one by one, so it finds them all the same.
"""

import logging
import time

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from backend_host.database.postgres import is_postgres
from backend_host.launch import progress
from backend_host.text.folding import search_text

logger = logging.getLogger(__name__)

ROWS_A_STEP = 500
"""Rows a transaction: other writers wait for one step, some 30 ms."""
_CHUNK = f"SELECT max(number) FROM (SELECT number FROM item_search_pending ORDER BY number LIMIT {ROWS_A_STEP})"  # noqa: S608


def catch_up(engine: Engine) -> None:
    """Index what an interrupted import or another program left, at a start. With nothing to do, it takes a millisecond.

    A database that can't be written does not fail the start: searches work, and are slower.
    """
    try:
        with engine.connect() as connection:
            while _fill_step(connection):
                progress.report("indexing")
            while not is_postgres(engine) and _index_step(connection):
                progress.report("indexing")
    except DBAPIError as error:
        logger.warning("The index of the search is incomplete: %s", error.orig)


def index_pending(connection: Connection) -> None:
    """Index the rows in item_search_pending in short transactions, with pauses in which others can write. SQLite only."""
    began = time.monotonic()
    while _index_step(connection):
        time.sleep((time.monotonic() - began) / 2)
        began = time.monotonic()


def _index_step(connection: Connection) -> bool:
    if connection.exec_driver_sql(_CHUNK).scalar() is None:
        connection.rollback()
        return False
    connection.rollback()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        last = (connection.exec_driver_sql(_CHUNK).scalar() or 0,)
        connection.exec_driver_sql(
            "INSERT INTO item_search (item_search, rowid, text) SELECT 'delete', number, indexed_text"
            " FROM item_search_pending WHERE number <= ? AND indexed_text IS NOT NULL",
            last,
        )
        connection.exec_driver_sql(
            "INSERT INTO item_search (rowid, text) SELECT number, coalesce(search_text, '')"
            " FROM item_search_pending JOIN item USING (number) WHERE number <= ?",
            last,
        )
        connection.exec_driver_sql("DELETE FROM item_search_pending WHERE number <= ?", last)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return True


def _fill_step(connection: Connection) -> bool:
    """Give some rows without it their search_text."""
    with connection.begin():
        rows = connection.exec_driver_sql(
            f"SELECT number, title, description FROM item WHERE search_text IS NULL LIMIT {ROWS_A_STEP}"  # noqa: S608
        ).all()
        mark = "%s" if is_postgres(connection.engine) else "?"
        fill = f"UPDATE item SET search_text = {mark} WHERE number = {mark}"  # noqa: S608
        if rows:
            texts = [(search_text(title, description), number) for number, title, description in rows]
            connection.exec_driver_sql(fill, texts)
    return bool(rows)
