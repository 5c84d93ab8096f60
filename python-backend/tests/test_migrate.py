import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from app import crud
from app.core.schema import schema
from app.models import Item, RecoveryCode, User
from backend_host.database.sqlite import BUSY_TIMEOUT_MS, create_sqlite_engine
from backend_host.errors import MigrationError
from backend_host.launch import progress

pytestmark = pytest.mark.desktop


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = create_sqlite_engine(f"sqlite:///{tmp_path / 'app.db'}")
    yield engine
    engine.dispose()


def test_head_revision_equals_alembics_head() -> None:
    assert schema.head_revision == ScriptDirectory.from_config(schema.alembic_config()).get_current_head()


def test_migrations_match_models(database: Engine) -> None:
    schema.upgrade(database)
    options = {"compare_type": True, "compare_server_default": True, "include_name": schema.include_name}
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        missing = produce_migrations(context, SQLModel.metadata).upgrade_ops
        assert missing is not None
        assert missing.is_empty(), f"Run: make migration NAME=...\n{render_python_code(missing)}"


def test_downgrade_and_upgrade_leave_working_schema(database: Engine) -> None:
    schema.upgrade(database)
    with database.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "base")
    assert inspect(database).get_table_names() == ["alembic_version"]
    schema.upgrade(database)
    tables = {"alembic_version", "item", "item_search", "recovery_code", "user"}
    assert tables <= set(inspect(database).get_table_names())


def test_accounts_survive_upgrade_and_downgrade_of_migration_0002(database: Engine) -> None:
    with database.begin() as connection:
        command.upgrade(schema.alembic_config(connection), "0001")
        for number, email in enumerate(["Ünal@Example.com", "plain@example.com"]):
            connection.exec_driver_sql(
                "INSERT INTO user (id, email, is_active, is_superuser, hashed_password, created_at) "
                "VALUES (?, ?, 1, 0, 'hash', '2026-01-01 00:00:00')",
                (f"{number:032x}", email),
            )
        connection.exec_driver_sql(
            "INSERT INTO item (id, title, created_at, owner_id) VALUES (?, 'Existing', '2026-01-01 00:00:00', ?)",
            (f"{9:032x}", f"{0:032x}"),
        )
    schema.upgrade(database)
    with Session(database) as session:
        users = session.exec(select(User).order_by(col(User.id))).all()
        assert [(user.email, user.token_version) for user in users] == [
            ("ünal@example.com", 0),
            ("plain@example.com", 0),
        ]
        assert session.exec(select(User).where(User.email == "ÜNAL@example.COM")).one() == users[0]
        session.add(RecoveryCode(code_hash="0" * 64, user_id=users[0].id))
        session.commit()

    with database.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "0001")
        assert connection.exec_driver_sql("SELECT email FROM user ORDER BY id").scalars().all() == [
            "ünal@example.com",
            "plain@example.com",
        ]
        assert connection.exec_driver_sql("SELECT title FROM item").scalars().all() == ["Existing"]
    schema.upgrade(database)
    with Session(database) as session:
        assert len(session.exec(select(User)).all()) == 2
        assert session.exec(select(RecoveryCode)).all() == []


def insert_accounts(database: Engine, revision: str, emails: list[str], *, days: list[int]) -> None:
    """Migrate to `revision` and insert accounts with the ids 0, 1, ..., created on these days of a month."""
    with database.begin() as connection:
        command.upgrade(schema.alembic_config(connection), revision)
        for number, (email, day) in enumerate(zip(emails, days, strict=True)):
            connection.exec_driver_sql(
                "INSERT INTO user (id, email, is_active, is_superuser, hashed_password, created_at) "
                f"VALUES (?, ?, 1, 0, 'hash', '2026-01-0{day} 00:00:00')",
                (f"{number:032x}", email),
            )


def test_accounts_of_revision_0001_that_differ_in_case_are_found_by_their_email(database: Engine) -> None:
    emails = ["Ada@example.com", "ada@example.com", "Bob@example.com", "BOB@example.com"]
    insert_accounts(database, "0001", emails, days=[4, 3, 2, 1])
    schema.upgrade(database)
    with Session(database) as session:
        stored = [user.email for user in session.exec(select(User).order_by(col(User.id)))]
        assert stored == ["Ada@example.com", "ada@example.com", "Bob@example.com", "bob@example.com"]
        typed_emails = {email: number for number, email in enumerate(stored)}
        for typed, number in (typed_emails | {"ADA@example.com": 1, "BOB@example.com": 3}).items():
            user = crud.get_user_by_email(session=session, email=typed)
            assert user
            assert user.id.int == number, typed


def test_migration_of_existing_data_reports_progress(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[str] = []
    monkeypatch.setattr(progress, "report", reported.append)
    monkeypatch.setattr("backend_host.database.schema.SQLITE_STEPS_PER_REPORT", 100)
    with database.begin() as connection:
        command.upgrade(schema.alembic_config(connection), "0001")
    schema.upgrade(database)
    assert set(reported) == {"migrating"}
    assert len(reported) > 1, "only the start was reported"
    reported.clear()
    with database.begin() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master a, sqlite_master b")
    assert reported == []


def test_item_search_works_after_upgrade_and_downgrade_of_migration_0005(database: Engine) -> None:
    with database.begin() as connection:
        command.upgrade(schema.alembic_config(connection), "0003")
        connection.exec_driver_sql(
            "INSERT INTO user (id, email, is_active, is_superuser, hashed_password, created_at) "
            "VALUES (?, 'a@example.com', 1, 0, 'hash', '2026-01-01 00:00:00')",
            (f"{0:032x}",),
        )
        connection.exec_driver_sql(
            "INSERT INTO item (id, title, description, created_at, owner_id) VALUES (?, ?, ?, '2026-01-01 00:00:00', ?)",
            [(f"{n:032x}", f"R\u00e9sum\u00e9 {n}", None if n % 2 else "WORDS", f"{0:032x}") for n in range(2_500)],
        )

    def hits(search: str) -> int:
        with database.connect() as connection:
            match = "SELECT count(*) FROM item_search WHERE item_search MATCH ?"
            found: int = connection.exec_driver_sql(match, (f'"{search}"',)).scalar_one()
            return found

    schema.upgrade(database)
    assert (hits("re\u0301sume\u0301 24"), hits("words"), hits("WORDS")) == (111, 1_250, 0)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE item SET search_text = 'changed' WHERE title LIKE '%2499'")
        connection.exec_driver_sql("DELETE FROM item WHERE title LIKE '%2498'")
    assert (hits("re\u0301sume\u0301 249"), hits("changed")) == (9, 1)
    with database.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "0003")
        connection.exec_driver_sql("DELETE FROM item WHERE title LIKE '%2497'")
    assert (hits("r\u00e9sum\u00e9 249"), hits("words")) == (9, 1_249)


def test_connections_have_wal_foreign_keys_and_busy_timeout(database: Engine) -> None:
    schema.upgrade(database)
    with database.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert pragmas == ["wal", 1, BUSY_TIMEOUT_MS]


def test_items_are_deleted_with_their_user(database: Engine) -> None:
    schema.upgrade(database)
    with Session(database) as session:
        session.add(owner := User(email="owner@example.com"))
        session.commit()
        session.add(Item(title="Theirs", owner_id=owner.id))
        session.commit()
        session.delete(owner)
        session.commit()
        assert session.exec(select(Item)).all() == []


def test_failed_migration_leaves_database_unchanged(
    database: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    schema.upgrade(database)
    with Session(database) as session:
        session.add(User(email="existing@example.com"))
        session.commit()
    scripts = tmp_path / "alembic"
    (scripts / "versions").mkdir(parents=True)
    for script in [schema.migrations / "env.py", *(schema.migrations / "versions").glob("*.py")]:
        (scripts / script.relative_to(schema.migrations)).write_text(script.read_text())
    (scripts / "versions" / "zzzz.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        'revision = "zzzz"\n'
        f'down_revision = "{schema.head_revision}"\n'
        "def upgrade():\n"
        "    op.create_table('half', sa.Column('id', sa.Integer(), primary_key=True))\n"
        "    op.execute(sa.text('DELETE FROM user'))\n"
        "    raise ValueError('half way')\n"
    )
    with pytest.raises(MigrationError, match="half way"):
        dataclasses.replace(schema, migrations=scripts).upgrade(database)
    assert f'File "{scripts / "versions" / "zzzz.py"}"' in caplog.text, "the log has a traceback"
    assert "half" not in inspect(database).get_table_names()
    with Session(database) as session:
        assert [user.email for user in session.exec(select(User))] == ["existing@example.com"]
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_accounts_from_before_migration_0004_are_found_by_their_email(database: Engine) -> None:
    emails = ["ada@example.com", "\uff41\uff44\uff41@example.com", "straße@example.com", "ﬁn@example.com"]
    insert_accounts(database, "0003", emails, days=[1, 2, 3, 4])
    schema.upgrade(database)
    with Session(database) as session:
        for number, email in enumerate(emails):
            user = crud.get_user_by_email(session=session, email=email)
            assert user
            assert user.id.int == number, email
        for email, number in {"STRASSE@example.com": 2, "fin@example.com": 3, "ADA@example.com": 0}.items():
            user = crud.get_user_by_email(session=session, email=email)
            assert user
            assert user.id.int == number, email
        for taken in ("STRASSE@example.com", "ﬁn@example.com", emails[1]):
            session.add(User(email=taken))
            with pytest.raises(IntegrityError):
                session.flush()
            session.rollback()
        twin = crud.get_user_by_email(session=session, email=emails[1])
        assert twin
        crud.update_user(session=session, db_user=twin, user_in={"full_name": "Twin", "email": emails[1]})
        assert crud.get_user_by_email(session=session, email=emails[1]) == twin, (
            "an account with a duplicate canonical email can be updated"
        )
