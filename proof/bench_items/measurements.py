"""Measures operations on 100,000 items of one owner, on the database of the app's settings."""

import time
from collections.abc import Callable
from io import BytesIO
from random import Random

from sqlmodel import Session

from app import crud
from app.core import restore
from app.core.db import engine, init_db
from app.models import DEFAULT_USER_ID, ItemFileRow, ItemSort, User
from backend_host.database import backup
from backend_host.database.backup import BackupReason
from backend_host.transfer.table_file import FileFormat

ITEMS = 100_000
TIMES = 5
"""Default number of runs of a measurement. The fastest counts."""


def fastest_s(work: Callable[[], object], times: int = TIMES) -> float:
    """Duration of the fastest of `times` runs in seconds."""
    durations = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        durations.append(time.perf_counter() - began)
    return min(durations)


def generate_items() -> list[ItemFileRow]:
    """Reproducible items with titles of four words and descriptions of ten; every description contains `common`."""
    random = Random(1)  # noqa: S311
    letters = "abcdefghijklmnoprstuvy"
    words = ["".join(random.choices(letters, k=random.randint(3, 9))) for _ in range(5_000)]
    return [
        ItemFileRow(
            title=" ".join(random.choices(words, k=4)), description=f"common {' '.join(random.choices(words, k=10))}"
        )
        for _ in range(ITEMS)
    ]


def print_row(operation: str, seconds: float, baseline: str = "", baseline_seconds: float = 0) -> None:
    """Print one row of the table. Arguments in seconds, output in milliseconds."""
    compared = f"{baseline}: {baseline_seconds * 1000:,.1f} | {baseline_seconds / seconds:,.1f}" if baseline else " | "
    print(f"| {operation} | {seconds * 1000:,.1f} | {compared} |", flush=True)


def measure() -> None:
    """Fill the database, measure, and print the table."""
    items = generate_items()
    with Session(engine) as session:
        init_db(session)
        principal = User(id=DEFAULT_USER_ID, email="", is_superuser=False)

        def sql(statement: str, *values: object) -> Callable[[], object]:
            return lambda: session.connection().exec_driver_sql(statement, values).all()

        def page(**arguments: object) -> Callable[[], object]:
            return lambda: crud.list_items(session=session, principal=principal, limit=50, **{"skip": 0, **arguments})  # type: ignore[arg-type]

        def fill() -> None:
            crud.import_items(session=session, owner_id=DEFAULT_USER_ID, items=items)

        print("| operation | ms | baseline, ms | baseline / app |\n|---|---:|---|---:|")
        definitions = (
            session.connection().exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        )
        for name, _ in definitions:
            session.connection().exec_driver_sql(f"DROP TRIGGER {name}")
        session.commit()
        without_index_s = fastest_s(fill, 1)
        size_without_index = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one() * 4096
        session.connection().exec_driver_sql("DELETE FROM item")
        for _, definition in definitions:
            session.connection().exec_driver_sql(definition)
        session.commit()
        print_row("import of all items, with search index", fastest_s(fill, 1), "without search index", without_index_s)
        size = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one() * 4096

        owner = DEFAULT_USER_ID.hex
        for operation, arguments, order in (
            ("first page, newest first", {}, "created_at DESC, id DESC LIMIT 50"),
            ("last page, newest first", {"skip": ITEMS - 50}, f"created_at DESC, id DESC LIMIT 50 OFFSET {ITEMS - 50}"),
            ("first page by title", {"sort": ItemSort.TITLE}, "title COLLATE NOCASE, id LIMIT 50"),
            (
                "last page by title",
                {"sort": ItemSort.TITLE, "skip": ITEMS - 50},
                f"title COLLATE NOCASE, id LIMIT 50 OFFSET {ITEMS - 50}",
            ),
        ):
            query = f"SELECT * FROM item NOT INDEXED WHERE owner_id = ? ORDER BY {order}"  # noqa: S608 (constants of this file)
            count = "SELECT count(*) FROM item NOT INDEXED WHERE owner_id = ?"
            print_row(
                f"{operation}, with count",
                fastest_s(page(**arguments)),
                "no index",
                fastest_s(sql(query, owner)) + fastest_s(sql(count, owner)),
            )

        title = items[ITEMS // 2].title
        for matches, search in (
            ("one match", title),
            ("a few hundred matches", title.split()[0]),
            ("every item matches", "common"),
            ("no match", "zzzqqq"),
            ("two letters", "qz"),
        ):
            where = "FROM item WHERE owner_id = ?1 AND (title LIKE ?2 OR description LIKE ?2)"
            count, query = f"SELECT count(*) {where}", f"SELECT * {where} ORDER BY created_at DESC, id DESC LIMIT 50"
            like = sum(fastest_s(sql(statement, owner, f"%{search}%")) for statement in (count, query))
            print_row(f"search, {matches}: page with count", fastest_s(page(search=search)), "LIKE", like)

        files: dict[FileFormat, bytes] = {}
        for kind in FileFormat:

            def export(kind: FileFormat = kind) -> None:
                exported = crud.export_items(session=session, owner_id=DEFAULT_USER_ID)
                files[kind] = b"".join(crud.ITEM_FILE.write(exported, kind))

            def check(kind: FileFormat = kind) -> None:
                for _ in crud.ITEM_FILE.read(BytesIO(files[kind])):
                    pass

            print_row(f"export as {kind}", fastest_s(export, 1))
            print_row(f"validate that file ({len(files[kind]) / 1e6:.0f} MB)", fastest_s(check, 1))
    print_row("backup", fastest_s(lambda: backup.create(engine, BackupReason.MANUAL), 3))
    newest = backup.list_all(engine)[0]
    chosen = backup.backups_dir(engine) / newest.name
    print_row(
        "restore (with validation and a backup of the old database)",
        fastest_s(lambda: restore.restore(engine, chosen), 1),
    )
    print(
        f"\nSize: {size_without_index / 1e6:.0f} MB without the search index, {size / 1e6:.0f} MB with it, {newest.size_bytes / 1e6:.0f} MB as a backup."
    )
    engine.dispose()
