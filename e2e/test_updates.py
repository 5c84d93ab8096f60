"""Updates in the window: check, download, installation and start of the new version. Only debug builds accept an endpoint without TLS."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from e2e.test_window_settings import open_tab
from harness.app_data import stored_titles
from harness.items_page import add, open_items
from harness.processes import backend_pid, backend_pids, expect_exit, parent_pid
from harness.update_server import Keys, UpdateServer, make_keys, running_update_server
from harness.waiting import wait_until
from harness.window import OpenWindow, Window, backend_address

CHECK = "Check for updates"

uses_update_server = pytest.mark.usefixtures("with_updates")
"""Sets the environment variables before tauri-driver starts, which passes them to the app."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys") / "app")


@pytest.fixture
def server() -> Iterator[UpdateServer]:
    with running_update_server() as server:
        yield server


@pytest.fixture
def shell(shell: Path, tmp_path: Path) -> Path:
    """A copy of the app, which the update may replace."""
    return Path(shutil.copy(shell, tmp_path / "app"))


@pytest.fixture
def with_updates(desktop: dict[str, str], keys: Keys, server: UpdateServer) -> None:
    """Set the updater configuration that `make build` would include."""
    endpoints = [f"{server.address}/latest.json"]
    desktop["APP_UPDATES"] = json.dumps({"pubkey": keys.public, "endpoints": endpoints, "requireSignedVersion": True})


def wait_for_message(window: Window, text: str) -> None:
    window.wait_visible(f'//*[@role="region"]//p[contains(., "{text}")]')


def sign(keys: Keys, folder: Path, package: bytes, version: str | None) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "package").write_bytes(package)
    return keys.sign(folder / "package", version)


def new_version_of(shell: Path) -> bytes:
    """Return the program with additional bytes, which the loader ignores after the end of an ELF file."""
    return shell.read_bytes() + b"the new version"


@uses_update_server
def test_update_is_found_downloaded_and_installed(
    keys: Keys, server: UpdateServer, open_app: OpenWindow, shell: Path, data_home: Path, tmp_path: Path
) -> None:
    package = new_version_of(shell)
    server.offer("99.0.0", package, sign(keys, tmp_path / "signed", package, "99.0.0"))
    window = open_app()
    open_items(window)
    add(window, "From before")
    open_tab(window, "About")
    window.wait_visible(f"//button[normalize-space()='{CHECK}']")
    assert server.requests == []
    window.press(CHECK)
    wait_for_message(window, "Version 99.0.0 is available.")
    wait_for_message(window, "New in 99.0.0")
    assert [path for path, _ in server.requests] == ["/latest.json"]
    window.press("Download")
    wait_for_message(window, "Version 99.0.0 is downloaded")
    assert [path for path, _ in server.requests] == ["/latest.json", "/package"]
    for _, headers in server.requests:
        assert headers.keys() <= {"host", "accept", "user-agent"}
    assert shell.read_bytes() != package

    before = backend_pid(data_home)
    app = parent_pid(before)
    with expect_exit(app), expect_exit(before):
        window.press("Restart to install")
    window.abandon()
    assert shell.read_bytes() == package
    assert os.access(shell, os.X_OK)
    after = wait_for_backend(data_home)
    started = parent_pid(after)
    assert Path(f"/proc/{started}/exe").resolve() == shell
    assert stored_titles(data_home) == ["From before"]
    with expect_exit(after), expect_exit(started):
        os.kill(started, 15)


def wait_for_backend(data_home: Path) -> int:
    return wait_until(lambda: backend_pids(data_home))[0]


@uses_update_server
def test_update_signed_with_foreign_key_is_rejected(
    server: UpdateServer, open_app: OpenWindow, shell: Path, tmp_path: Path
) -> None:
    package, before = new_version_of(shell), shell.read_bytes()
    server.offer("99.0.0", package, sign(make_keys(tmp_path / "foreign"), tmp_path / "signed", package, "99.0.0"))
    window = open_app()
    open_tab(window, "About")
    window.press(CHECK)
    window.press("Download")
    wait_for_message(window, "is not signed by the publisher of this app")
    window.wait_visible("//button[normalize-space()='Download']")
    assert shell.read_bytes() == before


@uses_update_server
@pytest.mark.parametrize(
    ("version", "reason"), [("0.0.1", "signed for version 0.0.1"), (None, "does not specify the version")]
)
def test_update_signed_for_other_version_is_rejected(
    keys: Keys,
    server: UpdateServer,
    open_app: OpenWindow,
    shell: Path,
    tmp_path: Path,
    version: str | None,
    reason: str,
) -> None:
    package = new_version_of(shell)
    server.offer("99.0.0", package, sign(keys, tmp_path / "signed", package, version))
    window = open_app()
    open_tab(window, "About")
    window.press(CHECK)
    window.press("Download")
    wait_for_message(window, reason)


@uses_update_server
def test_older_invalid_or_other_systems_release_is_not_offered(server: UpdateServer, open_app: OpenWindow) -> None:
    server.offer("0.0.1", b"", "")
    window = open_app()
    open_tab(window, "About")
    window.press(CHECK)
    wait_for_message(window, "The app is up to date.")
    server.offer("99.0.0", b"", "", system="darwin-aarch64")
    window.press(CHECK)
    wait_for_message(window, "has no package for this system")
    server.files["/latest.json"] = b"<html>Not JSON</html>"
    window.press(CHECK)
    wait_for_message(window, "sent an invalid response")


@uses_update_server
def test_failed_install_leaves_app_running(
    keys: Keys, server: UpdateServer, open_app: OpenWindow, shell: Path, data_home: Path, tmp_path: Path
) -> None:
    package, before = b"signed, but not executable", shell.read_bytes()
    server.offer("99.0.0", package, sign(keys, tmp_path / "signed", package, "99.0.0"))
    window = open_app()
    open_tab(window, "About")
    window.press(CHECK)
    window.press("Download")
    with expect_exit(backend_pid(data_home)):
        window.press("Restart to install")
    wait_for_message(window, "The update could not be installed")
    assert backend_address(window)  # the next backend is ready
    open_items(window)
    add(window, "From after")
    assert shell.read_bytes() == before
    backend_pid(data_home)


@uses_update_server
def test_unreachable_update_server_is_reported(server: UpdateServer, open_app: OpenWindow) -> None:
    window = open_app()
    server.http.shutdown()
    server.http.server_close()
    open_tab(window, "About")
    window.press(CHECK)
    wait_for_message(window, "The update server can't be reached")
    window.wait_visible(f"//button[normalize-space()='{CHECK}' and not(@disabled)]")


def test_build_without_updater_keys_shows_that_updates_are_off(open_app: OpenWindow) -> None:
    window = open_app()
    open_tab(window, "About")
    window.wait_visible("//h2[normalize-space()='Updates are off']")
    assert not window.driver.find_elements(By.XPATH, f"//button[normalize-space()='{CHECK}']")
