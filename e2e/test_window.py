"""The real window on the bundled runtime, driven as a person would."""

import os
import select
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.app import DEBUG_IDENTIFIER
from harness.items_page import ITEMS_LINK, add, delete, open_items, rename, row
from harness.processes import backends_on, parent_of
from harness.stored import damage_key, database_of, stored_titles
from harness.unfrozen_probes.pidfd import pidfd_open
from harness.window import OpenWindow


def test_items_added_changed_and_deleted_are_so_after_closing_and_reopening(
    open_app: OpenWindow, data_home: Path
) -> None:
    window = open_app()
    window.see("//*[contains(., 'Local user')]")
    open_items(window)
    add(window, "Stays", "Größe, 日本")
    add(window, "Changes", "before")
    add(window, "Goes", "soon")

    rename(window, "Changes", "Changed")
    delete(window, "Goes")
    window.close()

    again = open_app()
    open_items(again)
    again.see(row("Stays"))
    again.see(row("Changed"))
    again.see("//tr//span[@title='Größe, 日本']")
    again.gone(row("Goes"))
    again.gone(row("Changes"))
    assert stored_titles(data_home) == ["Changed", "Stays"]


def test_what_was_seen_last_is_shown_without_the_backend_and_replaced_by_what_it_has(
    open_app: OpenWindow, data_home: Path
) -> None:
    window = open_app()
    open_items(window)
    add(window, "Seen last time", "")
    window.click("//a[normalize-space()='Home']")
    window.see("//li[contains(., 'Seen last time')]")
    window.close()
    mend = damage_key(data_home)

    again = open_app()
    again.see("//h1[normalize-space()='The app could not start']")
    assert again.driver.find_elements("xpath", "//li[contains(., 'Seen last time')]"), "below what covers it"
    with closing(sqlite3.connect(database_of(data_home))) as meanwhile, meanwhile:
        meanwhile.execute("UPDATE item SET title = 'Changed meanwhile'")
    mend()
    again.press("Try again")
    again.see("//li[contains(., 'Changed meanwhile')]")
    again.gone("//li[contains(., 'Seen last time')]")


def test_closing_the_window_stops_the_backend_cleanly(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    window.see(ITEMS_LINK)
    (backend,) = backends_on(data_home)
    gone = pidfd_open(backend)
    window.close()
    assert select.select([gone], [], [], 10)[0], "the backend outlived its window"
    os.close(gone)
    assert not database_of(data_home).with_name("app.db-wal").exists(), "the database was not closed"


def test_killing_the_shell_leaves_no_backend_two_seconds_later(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    window.see(ITEMS_LINK)
    (backend,) = backends_on(data_home)
    gone = pidfd_open(backend)
    os.kill(parent_of(backend), 9)
    assert select.select([gone], [], [], 2)[0], "the backend outlived its shell by 2 s"
    os.close(gone)
    assert backends_on(data_home) == []


def test_a_start_that_fails_says_why_and_retry_works_once_it_is_mended(open_app: OpenWindow, data_home: Path) -> None:
    first = open_app()
    first.see(ITEMS_LINK)
    first.close()
    mend = damage_key(data_home)

    window = open_app()
    window.see("//*[contains(text(), 'signing key')]")
    mend()
    window.press("Try again")
    window.see(ITEMS_LINK)


def test_a_data_dir_that_can_not_be_made_is_said_in_the_window(open_app: OpenWindow, data_home: Path) -> None:
    data_home.mkdir()
    (data_home / DEBUG_IDENTIFIER).write_text("in the way")
    window = open_app()
    window.see("//code[normalize-space()='data_dir_unwritable']")


@pytest.fixture
def nowhere(desktop: dict[str, str]) -> None:
    """A home in which nothing can be made, not even by root."""
    desktop["XDG_DATA_HOME"] = "/dev/null/share"


def test_a_home_that_can_not_be_written_to_is_said_in_the_window(nowhere: None, open_app: OpenWindow) -> None:
    window = open_app()
    window.see("//code[normalize-space()='data_dir_unwritable']")
