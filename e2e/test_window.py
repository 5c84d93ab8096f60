"""The window with the bundled runtime: persistence, process exit and failed starts."""

import os
import select
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.app import DEBUG_IDENTIFIER
from harness.app_data import damage_secret_key, database_of, stored_titles
from harness.items_page import ITEMS_LINK, add, delete, open_items, rename, row
from harness.processes import backend_pids, parent_pid
from harness.unfrozen_probes.pidfd import pidfd_open
from harness.window import OpenWindow


def test_item_changes_persist_after_reopening(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    window.wait_visible("//*[contains(., 'Local user')]")
    open_items(window)
    add(window, "Stays", "Größe, 日本")
    add(window, "Changes", "before")
    add(window, "Goes", "soon")

    rename(window, "Changes", "Changed")
    delete(window, "Goes")
    window.close()

    again = open_app()
    open_items(again)
    again.wait_visible(row("Stays"))
    again.wait_visible(row("Changed"))
    again.wait_visible("//tr//span[@title='Größe, 日本']")
    again.wait_hidden(row("Goes"))
    again.wait_hidden(row("Changes"))
    assert stored_titles(data_home) == ["Changed", "Stays"]


def test_persisted_queries_are_shown_until_backend_is_ready(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    open_items(window)
    add(window, "Seen last time", "")
    window.click("//a[normalize-space()='Home']")
    window.wait_visible("//li[contains(., 'Seen last time')]")
    window.close()
    repair = damage_secret_key(data_home)

    again = open_app()
    again.wait_visible("//h1[normalize-space()='The app could not start']")
    assert again.driver.find_elements("xpath", "//li[contains(., 'Seen last time')]"), (
        "persisted queries are not rendered below the error screen"
    )
    with closing(sqlite3.connect(database_of(data_home))) as database, database:
        database.execute("UPDATE item SET title = 'Changed since'")
    repair()
    again.press("Try again")
    again.wait_visible("//li[contains(., 'Changed since')]")
    again.wait_hidden("//li[contains(., 'Seen last time')]")


def test_closing_the_window_stops_the_backend_and_closes_its_database(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    (backend,) = backend_pids(data_home)
    handle = pidfd_open(backend)
    window.close()
    assert select.select([handle], [], [], 10)[0], "the backend outlived its window"
    os.close(handle)
    assert not database_of(data_home).with_name("app.db-wal").exists(), "the database was not closed"


def test_backend_exits_when_its_shell_is_killed(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    (backend,) = backend_pids(data_home)
    handle = pidfd_open(backend)
    os.kill(parent_pid(backend), 9)
    assert select.select([handle], [], [], 3)[0], "the backend outlived its shell by 3 s"
    os.close(handle)
    assert backend_pids(data_home) == []


def test_failed_start_shows_reason_and_retry_succeeds_after_repair(open_app: OpenWindow, data_home: Path) -> None:
    first = open_app()
    first.wait_visible(ITEMS_LINK)
    first.close()
    repair = damage_secret_key(data_home)

    window = open_app()
    window.wait_visible("//*[contains(text(), 'signing key')]")
    repair()
    window.press("Try again")
    window.wait_visible(ITEMS_LINK)


def test_window_reports_data_dir_that_cannot_be_created(open_app: OpenWindow, data_home: Path) -> None:
    data_home.mkdir()
    (data_home / DEBUG_IDENTIFIER).write_text("a file in place of the folder")
    window = open_app()
    window.wait_visible("//code[normalize-space()='data_dir_unwritable']")


@pytest.fixture
def unwritable_home(desktop: dict[str, str]) -> None:
    """Set XDG_DATA_HOME to a path in which not even root can create a folder."""
    desktop["XDG_DATA_HOME"] = "/dev/null/share"


def test_window_reports_unwritable_home(unwritable_home: None, open_app: OpenWindow) -> None:
    window = open_app()
    window.wait_visible("//code[normalize-space()='data_dir_unwritable']")
