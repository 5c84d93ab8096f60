"""Page object: choosing a server, logging in, and switching back to local data."""

from pathlib import Path

from harness.app_data import database_of
from harness.items_page import ITEMS_LINK, add, open_items, row
from harness.team_server import EMAIL, PASSWORD
from harness.window import OpenWindow, Window

LOGIN = "//h1[normalize-space()='Login to your account']"
USE_LOCAL_DATA = "Use this computer's data"


def open_application_tab(window: Window) -> None:
    window.click("//nav//a[normalize-space()='Settings']")
    window.click("//*[@role='tab' and normalize-space()='Application']")


def enter_address(window: Window, address: str) -> None:
    """Enter a server's address in the settings and press Connect."""
    open_application_tab(window)
    window.fill("Address", address)
    window.press("Connect")


def use_server(window: Window, address: str) -> None:
    """Choose a server and wait for its login page."""
    enter_address(window, address)
    window.press("Use this server")
    window.wait_visible(LOGIN)


def log_in(window: Window, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Log in and wait until the backend is ready."""
    window.fill("Email", email)
    window.fill("Password", password)
    window.press("Log In")
    window.wait_visible(ITEMS_LINK)


def switch_to_local_data(window: Window) -> None:
    """Switch to local data in the settings and wait until the server's link has left the sidebar."""
    button = f'//button[normalize-space()="{USE_LOCAL_DATA}"]'
    window.click(f"//*[@role='region']{button}")
    window.click(f"//*[@role='alertdialog']{button}")
    window.wait_hidden("//a[starts-with(@aria-label, 'Server:')]")


def write_server_choice(data_home: Path, text: str) -> Path:
    """Write server.json while the app is closed, and return its path."""
    choice = database_of(data_home).with_name("server.json")
    choice.write_text(text)
    return choice


def create_local_item(open_app: OpenWindow) -> None:
    """Open the app, add an item to the local data, and close the window."""
    window = open_app()
    open_items(window)
    add(window, "On this computer")
    window.close()


def return_to_local_item(window: Window) -> None:
    """Switch to local data and check that the item of `create_local_item` is there."""
    window.click(f'//button[normalize-space()="{USE_LOCAL_DATA}"]')
    open_items(window)
    window.wait_visible(row("On this computer"))
