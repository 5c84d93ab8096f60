"""Migrations, query plans and concurrent writers on PostgreSQL."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Select, inspect
from sqlmodel import Session, SQLModel, col, select

from app import crud
from app.core.config import settings
from app.core.schema import schema
from app.models import Item, ItemFileRow, RecoveryCode, User, UserUpdate
from app.models.item import ITEM_SEARCH
from backend_host.database import postgres
from backend_host.database.schema import current_revision
from backend_host.errors import ConflictError, MigrationError


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = postgres.create_postgres_engine(database, 8)
    yield engine
    engine.dispose()


def test_migrations_match_models(engine: Engine) -> None:
    schema.upgrade(engine)
    options = {"compare_type": True, "compare_server_default": True, "include_name": schema.include_name}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_rows_survive_downgrade_and_upgrade(engine: Engine) -> None:
    schema.upgrade(engine)
    with Session(engine) as session:
        session.add(user := User(email="Ünal@Example.com"))
        session.commit()
        session.add_all([Item(title="Existing", owner_id=user.id), RecoveryCode(code_hash="0" * 64, user_id=user.id)])
        session.commit()
    with engine.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "0001")
    schema.upgrade(engine)
    with Session(engine) as session:
        assert [item.title for item in session.exec(select(Item))] == ["Existing"]
        assert [user.email for user in session.exec(select(User))] == ["ünal@example.com"]
    with engine.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_failed_migration_leaves_database_unchanged(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.upgrade(engine)
    with engine.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "0002")
        connection.exec_driver_sql("CREATE TABLE nocase_item_title (a int)")  # conflicts with an index of 0003
    with pytest.raises(MigrationError, match="Nothing was changed"):
        schema.upgrade(engine)
    with engine.connect() as connection:
        assert current_revision(connection) == "0002"
        assert "number" not in {column["name"] for column in inspect(connection).get_columns("item")}


def test_pages_and_searches_use_indexes(engine: Engine) -> None:
    schema.upgrade(engine)
    with Session(engine) as session:
        session.add(principal := User(email="owner@example.com"))
        session.commit()
        items = (ItemFileRow(title=f"Item {number:05} of many", description="x" * 99) for number in range(20_000))
        crud.import_items(session=session, owner_id=principal.id, items=items)
        # Autovacuum does the same. A long pending list makes the index slower than the planner assumes.
        session.connection().exec_driver_sql("SELECT gin_clean_pending_list('item_search')")
        session.connection().exec_driver_sql("ANALYZE item")
        plans: list[str] = []
        connection = session.connection()

        def explained(statement: str) -> str:
            return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}"))

        for owned in ("", f"WHERE owner_id = '{principal.id}'"):
            for order in ("created_at DESC, id DESC", "created_at, id", 'lower(title COLLATE "C"), id'):
                plans.append(explained(f"SELECT * FROM item {owned} ORDER BY {order} LIMIT 50"))
                assert "Index" in plans[-1], plans[-1]
                assert "Sort" not in plans[-1] or "Incremental" in plans[-1], plans[-1]
        conditions = ITEM_SEARCH.conditions(session, "00017 of")
        query = select(Item.id).where(*conditions).compile(engine, compile_kwargs={"literal_binds": True})
        assert "item_search" in explained(str(query).replace("%%", "%").replace("%", "%%")), "the trigram index"


@pytest.mark.parametrize("times", range(3))
def test_concurrent_mutual_demotion_leaves_one_superuser(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    monkeypatch.setattr(settings, "AUTH_REQUIRED", True)
    schema.upgrade(engine)
    with Session(engine) as session:
        for name in ("ada", "eve"):
            session.add(User(email=f"{name}@example.com", is_superuser=True, hashed_password="hash"))
        session.commit()
    both_changed = threading.Barrier(2)
    acquire_advisory_lock = postgres.acquire_advisory_lock

    def after_both(session: Session, number: int) -> None:
        both_changed.wait(10)
        acquire_advisory_lock(session, number)

    monkeypatch.setattr("app.crud.users.acquire_advisory_lock", after_both)
    refused: list[str] = []

    def demote(email: str) -> None:
        with Session(engine) as session:
            user = session.exec(select(User).where(User.email == email)).one()
            try:
                crud.update_user(session=session, db_user=user, user_in=UserUpdate(is_superuser=False))
            except crud.LastSuperuserError:
                refused.append(email)

    threads = [threading.Thread(target=demote, args=(f"{name}@example.com",)) for name in ("ada", "eve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with Session(engine) as session:
        assert len(session.exec(select(User).where(col(User.is_superuser))).all()) == 1


def test_import_does_not_overwrite_item_of_another_user_stored_concurrently(engine: Engine) -> None:
    schema.upgrade(engine)
    with Session(engine) as session:
        session.add_all([ada := User(email="ada@example.com"), eve := User(email="eve@example.com")])
        session.commit()
        item_id = uuid4()

        def items() -> Iterator[ItemFileRow]:
            yield ItemFileRow(id=item_id, title="Ada's")

        execute, ada_id, eve_id = session.execute, ada.id, eve.id

        def execute_before_concurrent_insert(query: Select[Any]) -> object:
            rows = execute(query).all()
            with Session(engine) as other:
                other.add(Item(id=item_id, title="Eve's", owner_id=eve_id))
                other.commit()
            return rows

        session.execute = execute_before_concurrent_insert  # type: ignore[method-assign, assignment]
        with pytest.raises(ConflictError):
            crud.import_items(session=session, owner_id=ada_id, items=items())
        session.rollback()
    with Session(engine) as session:
        assert [item.title for item in session.exec(select(Item))] == ["Eve's"]
