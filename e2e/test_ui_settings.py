"""The settings page in browser mode: Application, Data and About."""

import csv
import io
import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from harness.browser_backend import BrowserBackend
from harness.browser_page import watched_page


def open_tab(page: Page, tab: str) -> None:
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()


def titles(backend: BrowserBackend) -> list[str]:
    with backend.api() as api:
        return [item["title"] for item in api.get("/items/").json()["data"]]


def test_restore_recovers_deleted_items_and_backs_up_replaced_data(page: Page, backend: BrowserBackend) -> None:
    backend.add_items(["Precious"])
    open_tab(page, "Data")
    expect(page.get_by_role("heading", name="No backups yet")).to_be_visible()
    page.get_by_role("button", name="Back up now").click()
    backup_row = page.get_by_role("row", name="Manual")
    expect(backup_row).to_contain_text("kB")

    with backend.api() as api:
        (item,) = api.get("/items/").json()["data"]
        api.delete(f"/items/{item['id']}").raise_for_status()
    page.get_by_role("link", name="Home").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("tab", name="Data").click()
    backup_row.get_by_role("button", name="Restore").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("row", name="Before a restore")).to_be_visible()
    assert titles(backend) == ["Precious"]
    page.get_by_role("link", name="Items").click()
    expect(page.get_by_role("row", name="Precious")).to_be_visible()


def test_restore_requires_confirmation(page: Page, backend: BrowserBackend) -> None:
    with backend.api() as api:
        api.post("/backups/").raise_for_status()
    backend.add_items(["Newer"])
    open_tab(page, "Data")
    page.get_by_role("button", name="Restore").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    assert titles(backend) == ["Newer"]


def test_exported_items_can_be_imported(page: Page, backend: BrowserBackend, tmp_path: Path) -> None:
    backend.add_items(["=1+1", "Größe, 日本"])
    open_tab(page, "Data")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export JSON").click()
    assert downloading.value.suggested_filename.endswith(".json")
    exported = tmp_path / "items.json"
    downloading.value.save_as(exported)
    assert [item["title"] for item in json.loads(exported.read_text("utf-8"))] == ["=1+1", "Größe, 日本"]
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export CSV").click()
    table = csv.reader(io.StringIO(downloading.value.path().read_text("utf-8-sig")))
    assert len(list(table)) == 3

    with backend.api() as api:
        for item in api.get("/items/").json()["data"][:1]:
            api.delete(f"/items/{item['id']}").raise_for_status()
    page.get_by_label("File to import").set_input_files(exported)
    expect(page.get_by_text("1 added, 1 replaced.")).to_be_visible()
    assert titles(backend) == ["Größe, 日本", "=1+1"]


def test_import_with_invalid_row_imports_nothing_and_names_row(
    page: Page, backend: BrowserBackend, tmp_path: Path
) -> None:
    invalid_file = tmp_path / "items.csv"
    invalid_file.write_text("title,description\nGood,\n,no title\n", "utf-8")
    open_tab(page, "Data")
    page.get_by_label("File to import").set_input_files(invalid_file)
    expect(page.get_by_text("Nothing was imported.")).to_contain_text("Row 3")
    assert titles(backend) == []


def test_log_level_applies_immediately_and_port_after_restart(page: Page, backend: BrowserBackend) -> None:
    open_tab(page, "Application")
    page.get_by_label("Log level").select_option("debug")
    expect(page.get_by_text("Log level set to debug")).to_be_visible()

    port = page.get_by_role("textbox", name="Port")
    port.fill("70000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("At most 65535.")).to_be_visible()
    port.fill("0x10.5")
    expect(page.get_by_text("Enter a whole number.")).to_be_visible()
    port.fill("8123")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Port")).to_contain_text("After a restart")
    expect(page.get_by_text("Stop the backend with Ctrl+C")).to_be_visible()

    assert json.loads((backend.data_dir / "config.json").read_text("utf-8")) == {"LOG_LEVEL": "debug", "PORT": 8123}
    with backend.api() as api:
        assert api.get("/settings/").json()["LOG_LEVEL"]["value"] == "debug"


def test_settings_overridden_by_variable_are_disabled(browser: Browser, tmp_path: Path) -> None:
    backend = BrowserBackend(tmp_path / "data", {"LOG_LEVEL": "warning", "AUTH_REQUIRED": "false"})
    backend.start()
    with watched_page(browser, backend.url) as page:
        page.goto(backend.address)
        open_tab(page, "Application")
        expect(page.get_by_label("Log level")).to_be_disabled()
        expect(page.get_by_role("button", name="Turn on")).to_be_disabled()
        expect(page.get_by_text("Set by an environment variable")).to_have_count(2)
    backend.stop()


def test_invalid_config_json_shows_alert(browser: Browser, tmp_path: Path) -> None:
    backend = BrowserBackend(tmp_path / "data")
    backend.data_dir.mkdir()
    (backend.data_dir / "config.json").write_text("{broken", "utf-8")
    backend.start()
    with watched_page(browser, backend.url) as page:
        page.goto(backend.address)
        open_tab(page, "Application")
        expect(page.get_by_role("alert")).to_contain_text("config.json.broken-")
    backend.stop()


def test_owner_logs_in_after_authentication_is_turned_on_and_backend_restarted(
    browser: Browser, page: Page, backend: BrowserBackend
) -> None:
    backend.add_items(["Mine"])
    open_tab(page, "Application")
    page.get_by_role("button", name="Turn on").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("email-input")).to_be_focused()
    dialog.get_by_test_id("email-input").fill("ada@example.com")
    dialog.get_by_test_id("password-input").fill("correct horse")
    dialog.get_by_test_id("confirm-password-input").fill("another horse")
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog.get_by_text("The passwords don't match")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep editing").click()
    dialog.get_by_test_id("confirm-password-input").fill("correct horse")
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Turn off")).to_be_focused()
    expect(page.get_by_role("region", name="Authentication").get_by_role("definition")).to_have_text(["Off", "On"])

    backend.stop()
    backend.start()
    with watched_page(browser, backend.url) as again:
        again.goto(backend.address)
        again.get_by_test_id("email-input").fill("ada@example.com")
        again.get_by_test_id("password-input").fill("correct horse")
        again.get_by_role("button", name="Log In").click()
        expect(again.get_by_text("Mine", exact=True)).to_be_visible()
        open_tab(again, "Application")
        again.get_by_role("button", name="Turn off").click()
        again.get_by_role("alertdialog").get_by_role("button", name="Turn off").click()
        expect(again.get_by_role("region", name="Authentication").get_by_role("definition")).to_have_text(["On", "Off"])
        # The owner already has a password, so no dialog opens.
        again.get_by_role("button", name="Turn on").click()
        expect(again.get_by_role("button", name="Turn off")).to_be_visible()
        expect(again.get_by_role("region", name="Authentication").get_by_role("definition")).to_have_count(0)


def test_about_in_browser_names_license_command_and_offers_no_updates(page: Page) -> None:
    open_tab(page, "About")
    expect(page.get_by_role("region", name="Licenses")).to_contain_text("run `make licenses`")
    expect(page.get_by_role("heading", name=re.compile("^Updates"))).to_have_count(0)


def test_about_shows_versions_and_copies_diagnostics_without_secrets(page: Page, backend: BrowserBackend) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, "About")
    expect(page.get_by_role("region", name="Details")).to_contain_text("SQLite")
    page.get_by_role("button", name="Copy diagnostics").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    report = json.loads(copied)
    assert {"python", "sqlite", "platform", "runtime", "ui_version"} <= report.keys()
    assert backend.token not in copied
