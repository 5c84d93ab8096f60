"""Migrations pushed to an open window: confirmed, tested on a copy, and rolled back together with the code."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.items_page import ITEMS_LINK
from harness.processes import backend_pids, expect_exit, parent_pid
from harness.waiting import wait_until
from harness.window import OpenWindow, backend_address
from scripts.hot_patch import migrations
from scripts.hot_patch.errors import PreconditionError, RejectedError
from scripts.hot_patch.patch import SOURCE, Patcher
from scripts.tests.hot_patch.patching import expect_push_failure, reopen, running_digest

SERVER = "backend_host/serving/server.py"

NEW_TABLE = """\"\"\"One more table.\"\"\"

from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.execute("CREATE TABLE more (id INTEGER PRIMARY KEY)")
    {then}
"""


NOT_ON_REAL_DATA = """
    from app.core.config import settings
    if settings.LISTEN_FD is not None:
        raise RuntimeError('not on real data')
"""


def assert_shown_to_developers(failed: RejectedError) -> None:
    """The error contains the location in the migration, but no advice for users of an installed app."""
    text = f"{failed.text}\n{failed}"
    assert "9999_more.py" in text
    assert "RuntimeError: not on real data" in text
    assert "Report this" not in text


def test_migration_requires_confirmation_is_tested_on_a_copy_and_rolls_back_with_the_code(
    open_app: OpenWindow, patcher: Patcher
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    before = running_digest(patcher)
    head = migrations.chain(patcher.source.read()).head
    script = patcher.package / "alembic" / "versions" / "9999_more.py"

    script.write_text(NEW_TABLE.format(head=head, then="raise RuntimeError('not on real data')"))
    with pytest.raises(PreconditionError, match="--migrate"):
        patcher.push()
    with pytest.raises(RejectedError, match=r"on a copy .* Fix the migration, and push again") as failed:
        patcher.push(migrate=True)
    assert_shown_to_developers(failed.value)
    assert revision_of(patcher) == head
    assert running_digest(patcher) == before

    # If it fails only on the real database, or the start after it fails, code and database are restored.
    script.write_text(NEW_TABLE.format(head=head, then=NOT_ON_REAL_DATA.strip()))
    with pytest.raises(RejectedError, match=r"the database is unchanged\. Fix the migration") as failed:
        patcher.push(migrate=True)
    assert_shown_to_developers(failed.value)
    assert running_digest(patcher) == before
    assert revision_of(patcher) == head

    script.write_text(NEW_TABLE.format(head=head, then="pass"))
    shell_only = "    if settings.LISTEN_FD is not None:\n        raise RuntimeError('after the dry run')\n"
    server = (patcher.folder / SERVER).read_text()
    (patcher.folder / SERVER).write_text(server.replace("    handover = None\n", shell_only + "    handover = None\n"))
    with pytest.raises(RejectedError, match=r"stopped before|exit status"):
        patcher.push(migrate=True)
    window.wait_visible(ITEMS_LINK)
    assert backend_address(window)
    assert running_digest(patcher) == before
    assert revision_of(patcher) == head

    shutil.copy(SOURCE.folder / SERVER, patcher.folder / SERVER)
    script.write_text(NEW_TABLE.format(head=head, then="pass"))
    migrated = patcher.push(migrate=True).digest
    assert running_digest(patcher) == migrated
    assert revision_of(patcher) == "9999"
    window.click(ITEMS_LINK)
    window.press("Add Item")
    window.fill("Title", "after the migration")
    window.press("Save")
    window.wait_visible("//tr//span[@title='after the migration']")

    with pytest.raises(PreconditionError, match="--with-database"):
        patcher.roll_back()
    assert patcher.roll_back(with_database=True).digest == before
    assert revision_of(patcher) == head
    backups = [path for path in (patcher.app.data_dir / "backups").glob("*.db") if revision_in(path) == "9999"]
    assert backups, "the database before the rollback is a backup"


MIGRATION_HANG = """
    from app.core.config import settings
    if settings.LISTEN_FD is not None:
        import os, pathlib
        pathlib.Path("{}").write_text(str(os.getpid()))
        while True:
            pass
"""


@pytest.mark.parametrize("victim", ["shell", "backend"])
def test_app_killed_during_migration_restores_code_and_database(
    open_app: OpenWindow, patcher: Patcher, data_home: Path, victim: str
) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    before = running_digest(patcher)
    head = migrations.chain(patcher.source.read()).head
    shell = parent_pid(min(backend_pids(data_home)))
    started = patcher.package.parent / "started"
    script = patcher.package / "alembic" / "versions" / "9999_more.py"
    script.write_text(NEW_TABLE.format(head=head, then=MIGRATION_HANG.format(started).strip()))
    with expect_push_failure(lambda: patcher.push(migrate=True)):
        wait_until(lambda: started.exists() and started.read_text())
        pid = shell if victim == "shell" else int(started.read_text())
        with expect_exit(pid):
            os.kill(pid, signal.SIGKILL)
    if victim == "shell":
        window = reopen(window, open_app, data_home)
    window.wait_visible(ITEMS_LINK)
    assert backend_address(window)
    assert running_digest(patcher) == before
    assert revision_of(patcher) == head
    with closing(sqlite3.connect(patcher.app.data_dir / "app.db")) as database:
        assert not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'more'").fetchone()


def revision_of(patcher: Patcher) -> str:
    return revision_in(patcher.app.data_dir / "app.db")


def revision_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)
