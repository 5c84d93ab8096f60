"""Desktop integration of the window: links, downloads, navigation, size, theme and menu shortcuts."""

import os
import select
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from selenium.webdriver import Remote

from harness.fixtures import SharedWindow, shares_window
from harness.items_page import ITEMS_LINK
from harness.keyboard import keyboard
from harness.processes import backend_pid, expect_exit, parent_pid
from harness.waiting import WAIT_S
from harness.window import OpenWindow, Window

SHOW_LINK = """
document.getElementById("link")?.remove()
const link = Object.assign(document.createElement("a"), {id: "link", textContent: "Link"}, %s)
link.style = "position: fixed; inset: 0; z-index: 99; background: white"
document.body.append(link)
"""


FETCH = "fetch(arguments[0]).then(() => 'answered', () => 'refused').then(arguments[1])"


def add_and_click_link(window: Window, link: str) -> None:
    """Add a link with the properties of this JavaScript object literal to the page, and click it."""
    window.driver.execute_script(SHOW_LINK % link)
    window.click("//a[@id='link']")
    window.driver.execute_script("document.getElementById('link').remove()")


@shares_window
def test_web_link_opens_in_browser_and_window_stays(shared_window: SharedWindow) -> None:
    window, opened = shared_window.window, shared_window.xdg_open_fd
    window.wait_visible(ITEMS_LINK)
    add_and_click_link(window, '{href: "mailto:ada@example.com"}')
    for target in ("", "_blank"):
        add_and_click_link(window, f'{{href: "https://example.com/page?a=1", target: "{target}"}}')
        assert select.select([opened], [], [], WAIT_S)[0], "nothing was opened"
        assert os.read(opened, 1000) == b"https://example.com/page?a=1\n"
        window.wait_visible(ITEMS_LINK)
    assert window.driver.current_url.startswith("tauri://localhost")
    assert len(window.driver.window_handles) == 1


@pytest.fixture
def downloads(shared_window: SharedWindow) -> Iterator[Path]:
    """The empty Downloads folder, which is emptied after the test."""
    folder = Path(shared_window.desktop["HOME"]) / "Downloads"
    folder.mkdir(exist_ok=True)
    assert list(folder.iterdir()) == []
    yield folder
    for path in folder.iterdir():
        path.unlink()


@shares_window
def test_download_gets_unique_name_and_window_reports_path(shared_window: SharedWindow, downloads: Path) -> None:
    window, folder = shared_window.window, downloads
    window.wait_visible(ITEMS_LINK)
    (folder / "items.csv").write_text("earlier")
    for offered, saved in (("items.csv", "items (1).csv"), ("evil.desktop", "evil.desktop.download")):
        add_and_click_link(window, f'{{href: URL.createObjectURL(new Blob(["title"])), download: "{offered}"}}')
        window.wait_visible(f"//*[normalize-space()='Saved to {folder}/{saved}']")
        assert (folder / saved).read_text() == "title"
    assert (folder / "items.csv").read_text() == "earlier"
    assert sorted(path.name for path in folder.iterdir()) == ["evil.desktop.download", "items (1).csv", "items.csv"]


@shares_window
def test_window_blocks_foreign_navigation(shared_window: SharedWindow) -> None:
    window, opened = shared_window.window, shared_window.xdg_open_fd
    window.wait_visible(ITEMS_LINK)
    before = window.driver.current_url
    assert before.startswith("tauri://localhost")
    for address in (
        "tauri://elsewhere/",
        "tauri://localhost:1/",
        "tauri://me@localhost/",
        "about:blank",
        "data:text/html,<h1>No</h1>",
        "file:///etc/hostname",
        # The browser opens web addresses. It opens this one first, so the earlier addresses were blocked.
        "http://tauri.localhost:8080/",
    ):
        window.driver.execute_script("window.location = arguments[0]", address)
    assert select.select([opened], [], [], WAIT_S)[0], "nothing was opened"
    assert os.read(opened, 1000) == b"http://tauri.localhost:8080/\n"
    window.wait_visible(ITEMS_LINK)
    assert window.driver.current_url == before


@shares_window
def test_page_can_connect_to_its_backend_only(shared_window: SharedWindow) -> None:
    window = shared_window.window
    window.wait_visible(ITEMS_LINK)
    backend_url = window.driver.execute_async_script(
        "window.__TAURI_INTERNALS__.invoke('start_backend').then(({base_url}) => arguments[0](base_url))"
    )
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for address in (
            f"http://127.0.0.1:{port}",
            f"http://localhost:{port}",
            backend_url.replace("127.0.0.1", "localhost"),
        ):
            assert window.driver.execute_async_script(FETCH, address) == "refused"
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert window.driver.execute_async_script(FETCH, f"{backend_url}/api/v1/utils/health-check/") == "answered"


def test_window_size_is_restored(open_app: OpenWindow, data_home: Path) -> None:
    first = open_app()
    first.wait_visible(ITEMS_LINK)
    before = first.driver.get_window_size()
    new_size = {"width": before["width"] - 150, "height": before["height"] - 70}
    first.driver.set_window_size(**new_size)
    first.wait().until(lambda driver: driver.get_window_size() == new_size)
    shell = parent_pid(backend_pid(data_home))
    with expect_exit(shell):
        os.kill(shell, signal.SIGTERM)
    first.abandon()
    again = open_app()
    again.wait_visible(ITEMS_LINK)
    again.wait().until(lambda driver: driver.get_window_size() == new_size)


def is_theme_stored(data_home: Path, choice: str, _: Remote) -> bool:
    """Whether the theme is stored for the next start, which reads it before the page loads."""
    return [path.read_text() for path in data_home.glob("*/window-theme")] == [choice]


def test_window_theme_follows_page_theme(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    for choice in ("dark", "light"):
        window.press("Theme")
        window.click(f"//*[@data-testid='{choice}-mode']")
        window.wait_hidden("//*[@role='menu']")  # while it fades out, no click reaches the page
        query = f"matchMedia('(prefers-color-scheme: {choice})')"
        window.wait().until(partial(Remote.execute_script, script=f"return {query}.matches"))
        window.wait().until(partial(is_theme_stored, data_home, choice))


def test_menu_shortcuts_open_settings_zoom_reload_and_quit(open_app: OpenWindow, display: str, data_home: Path) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    wait = window.wait()

    def width() -> int:
        return int(window.driver.execute_script("return innerWidth"))

    initial_width = width()
    with keyboard(display) as keys:
        keys.focus_window(window.driver)
        keys.press("Control_L", "comma")
        window.wait_visible("//h1[normalize-space()='Settings']")
        keys.press("Control_L", "equal")
        wait.until(lambda _: width() < initial_width)
        keys.press("Control_L", "0")
        wait.until(lambda _: width() == initial_width)
        window.driver.execute_script("window.isOld = true")
        keys.press("Control_L", "r")
        wait.until(lambda driver: driver.execute_script("return window.isOld !== true"))
        window.wait_visible("//h1[normalize-space()='Settings']")
        with expect_exit(parent_pid(backend_pid(data_home))):
            keys.press("Control_L", "q")
    window.abandon()
