"""Pytest fixtures: staged runtime, shell build, display, WebDriver, windows, browser and backends."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from harness.app import ROOT
from harness.browser_backend import OWNER_EMAIL, OWNER_PASSWORD, BrowserBackend
from harness.browser_page import launch, watched_page
from harness.items_page import ITEMS_LINK
from harness.ports import free_port, wait_for_port
from harness.screen import desktop_environment, virtual_screen
from harness.shell_build import build_shell
from harness.window import OpenWindow, Window, open_window
from runtime.project import Project
from runtime.targets import host_target

shares_window = pytest.mark.xdist_group("window")
HOST_PYTHON = shutil.which("python3") or "python3"


@pytest.fixture(scope="session")
def staged_tree() -> Path:
    return Project.at(ROOT).tree(host_target())


@pytest.fixture(scope="session")
def shell(display: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of the shell's debug build with the embedded UI, rebuilt if needed."""
    assert display  # without a display these tests are skipped
    return build_shell(tmp_path_factory.mktemp("shell"))


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """DISPLAY of a new virtual screen."""
    if sys.platform != "linux":
        pytest.skip("needs Xvfb and WebKitWebDriver (Linux)")
    with virtual_screen() as name:
        yield name


@pytest.fixture
def desktop(display: str, tmp_path: Path) -> dict[str, str]:
    """Environment variables of a desktop session with an empty home."""
    return desktop_environment(tmp_path, display)


@pytest.fixture
def data_home(desktop: dict[str, str]) -> Path:
    """XDG_DATA_HOME, in which the app creates its data dir."""
    return Path(desktop["XDG_DATA_HOME"])


@contextmanager
def running_driver(desktop: dict[str, str]) -> Iterator[str]:
    """Run tauri-driver in a new D-Bus session and yield its address. It runs one app at a time."""
    port, native_port = free_port(), free_port()
    driver = ROOT / "build" / "tools" / "bin" / "tauri-driver"
    command = ["dbus-run-session", "--", str(driver), "--port", str(port), "--native-port", str(native_port)]
    with subprocess.Popen(command, env=desktop, start_new_session=True) as process:
        try:
            for needed in (native_port, port):
                wait_for_port(needed, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, 15)


@pytest.fixture
def driver_url(desktop: dict[str, str]) -> Iterator[str]:
    """Address of a tauri-driver in this desktop session."""
    with running_driver(desktop) as address:
        yield address


@contextmanager
def xdg_open_pipe(home: Path, desktop: dict[str, str]) -> Iterator[int]:
    """Replace xdg-open by a script that writes its argument to a pipe. Yields the descriptor to read from."""
    pipe = home / "opened"
    os.mkfifo(pipe)
    program = home / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$1" > "{pipe}"\n')
    program.chmod(0o755)
    desktop["PATH"] = f"{program.parent}:{desktop['PATH']}"
    descriptor = os.open(pipe, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


@dataclass(frozen=True)
class SharedWindow:
    """One window, shared by tests that restore its state."""

    window: Window
    desktop: dict[str, str]
    xdg_open_fd: int
    """Descriptor of the pipe that receives the arguments of xdg-open."""

    @property
    def data_home(self) -> Path:
        return Path(self.desktop["XDG_DATA_HOME"])


@pytest.fixture(scope="session")
def shared_window(display: str, shell: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedWindow]:
    """The shared window. Mark tests that use it with `shares_window`, so that one xdist worker runs all of them."""
    home = tmp_path_factory.mktemp("shared")
    desktop = desktop_environment(home, display)
    with xdg_open_pipe(home, desktop) as xdg_open_fd, running_driver(desktop) as driver:
        window = open_window(driver, shell)
        window.wait_visible(ITEMS_LINK)
        yield SharedWindow(window, desktop, xdg_open_fd)
        window.close()


@pytest.fixture
def open_app(driver_url: str, shell: Path) -> Iterator[OpenWindow]:
    """A function that opens the window; a test may call it again after closing the previous window."""
    opened: list[Window] = []

    def open_one() -> Window:
        opened.append(open_window(driver_url, shell))
        return opened[-1]

    yield open_one
    for window in opened:
        window.close()


@pytest.fixture(scope="session")
def host_python() -> str:
    """The system's Python, which runs the project's scripts."""
    assert not Path(HOST_PYTHON).is_relative_to(ROOT), sys.path
    return HOST_PYTHON


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[BrowserBackend]:
    """A backend in browser mode with an empty data dir, without authentication."""
    backend = BrowserBackend(tmp_path / "data")
    backend.start()
    yield backend
    backend.stop()


@pytest.fixture
def backend_with_auth(tmp_path: Path) -> Iterator[BrowserBackend]:
    """A backend in browser mode with authentication on and one account, OWNER_EMAIL."""
    owner = {"FIRST_SUPERUSER": OWNER_EMAIL, "FIRST_SUPERUSER_PASSWORD": OWNER_PASSWORD}
    backend = BrowserBackend(tmp_path / "data", {"AUTH_REQUIRED": "true", **owner})
    backend.start()
    yield backend
    backend.stop()


@pytest.fixture
def page(browser: Browser, backend: BrowserBackend) -> Iterator[Page]:
    """The home page in a new browser profile."""
    with watched_page(browser, backend.url) as opened:
        opened.goto(backend.address)
        yield opened
