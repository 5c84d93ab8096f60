"""The settings page in the window: restarts, exports and folders, which need the shell."""

import csv
import json
import os
import select
from pathlib import Path

from selenium.webdriver.common.by import By

from harness.app_data import database_of
from harness.fixtures import SharedWindow, shares_window
from harness.items_page import ITEMS_LINK, add, open_items
from harness.ports import free_port
from harness.processes import backend_pid
from harness.waiting import WAIT_S
from harness.window import OpenWindow, Window

EMAIL = "ada@example.com"
PASSWORD = "correct horse"


def link(name: str) -> str:
    return f"//nav//a[normalize-space()='{name}']"


def open_tab(window: Window, tab: str) -> None:
    window.click(link("Settings"))
    window.click(f"//*[@role='tab' and normalize-space()='{tab}']")


def restart(window: Window, data_home: Path) -> None:
    """Press "Restart now" and wait for the next backend."""
    before = backend_pid(data_home)
    window.press("Restart now")
    window.wait_hidden("//button[normalize-space()='Restart now']")
    assert backend_pid(data_home) != before


def read_saved_file(window: Window, path: Path) -> str:
    """Wait until the window reports the saved file, and return its content."""
    window.wait_visible(f"//li//*[normalize-space()='Saved to {path}']")
    return path.read_text("utf-8-sig")


def test_turning_authentication_on_and_off_preserves_items(
    open_app: OpenWindow, desktop: dict[str, str], data_home: Path
) -> None:
    window = open_app()
    open_items(window)
    add(window, "From before")
    open_tab(window, "Application")
    window.press("Turn on")
    window.fill("Email", EMAIL)
    window.fill("Password", PASSWORD)
    window.fill("Confirm Password", PASSWORD)
    window.click("//*[@role='dialog']//button[normalize-space()='Turn on']")
    restart(window, data_home)

    window.wait_visible("//h1[normalize-space()='Login to your account']")
    window.wait_visible("//*[@role='status'][contains(., 'Authentication was turned on.')]")
    window.fill("Email", EMAIL)
    window.fill("Password", PASSWORD)
    window.press("Log In")
    window.click(ITEMS_LINK)
    window.wait_visible("//tr//span[@title='From before']")
    window.wait_visible(link("Admin"))

    open_tab(window, "Security")
    window.fill("Current Password", PASSWORD)
    window.press("Generate codes")
    window.wait_visible("//ul[@aria-label='Recovery codes']")
    codes = [code.text for code in window.driver.find_elements(By.XPATH, "//ul[@aria-label='Recovery codes']/li")]
    window.press("Save to file")
    content = read_saved_file(window, Path(desktop["HOME"]) / "Downloads" / "recovery-codes.txt")
    assert codes
    assert content.splitlines()[-len(codes) :] == codes

    open_tab(window, "Application")
    window.press("Turn off")
    window.click("//*[@role='alertdialog']//button[normalize-space()='Turn off']")
    restart(window, data_home)
    window.wait_hidden(link("Admin"))
    window.click(ITEMS_LINK)
    window.wait_visible("//tr//span[@title='From before']")


def test_item_export_is_saved_and_window_reports_path(open_app: OpenWindow, desktop: dict[str, str]) -> None:
    window = open_app()
    open_items(window)
    add(window, "Größe, 日本")
    open_tab(window, "Data")
    for name in ("JSON", "CSV"):
        window.press(f"Export {name}")
        notice = window.wait_visible(
            f"//li//*[starts-with(normalize-space(), 'Saved to ') and contains(., '.{name.lower()}')]"
        )
        path = Path(notice.text.removeprefix("Saved to "))
        assert path.parent == Path(desktop["HOME"]) / "Downloads"
        content = path.read_text("utf-8-sig")
        rows = json.loads(content) if name == "JSON" else list(csv.DictReader(content.splitlines()))
        assert [row["title"] for row in rows] == ["Größe, 日本"]


def test_failed_export_is_reported(open_app: OpenWindow, desktop: dict[str, str]) -> None:
    window = open_app()
    open_tab(window, "Data")
    home = Path(desktop["HOME"])
    (home / ".config").mkdir(exist_ok=True)
    (home / ".config" / "user-dirs.dirs").write_text('XDG_DOWNLOAD_DIR="$HOME/gone"\n')
    window.press("Export JSON")
    window.wait_visible("//li//*[starts-with(normalize-space(), 'The file could not be saved')]")
    assert not window.driver.find_elements(By.XPATH, "//li[contains(., 'exported')]")


def test_new_port_is_used_after_restart(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    open_tab(window, "Application")
    window.fill("Port", str(free_port()))
    window.press("Save")
    restart(window, data_home)
    window.wait_visible("//h2[normalize-space()='Port']")
    window.wait_hidden(
        "//*[@role='region'][.//h2[normalize-space()='Port']]//dd"
    )  # the new port is in use: no restart needed
    open_items(window)
    add(window, "Over the new port")


@shares_window
def test_folders_open_in_file_manager(shared_window: SharedWindow) -> None:
    window, opened = shared_window.window, shared_window.xdg_open_fd
    open_tab(window, "Application")
    data_dir = database_of(shared_window.data_home).parent
    for button, folder in {"Open data folder": data_dir, "Open logs": data_dir / "logs"}.items():
        window.press(button)
        assert select.select([opened], [], [], WAIT_S)[0], f"{button} opened nothing"
        assert os.read(opened, 1000).decode().rstrip("\n") == str(folder)
