"""The window when its backend crashes or fails to start."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from harness.app import DEBUG_IDENTIFIER
from harness.app_data import damage_secret_key
from harness.items_page import ITEMS_LINK, fill_new_item, open_items, row
from harness.keyboard import keyboard
from harness.processes import backend_pid, backend_pids, expect_exit
from harness.waiting import wait_until
from harness.window import OpenWindow, Window

START_BACKEND = "window.__TAURI_INTERNALS__.invoke('start_backend').then(arguments[0])"
TITLE_FIELD = "//*[@id=//label[starts-with(normalize-space(), 'Title')]/@for]"


@pytest.fixture
def data_dir(data_home: Path) -> Path:
    """The app's data dir, created before the first start."""
    folder = data_home / DEBUG_IDENTIFIER
    folder.mkdir(parents=True)
    return folder


def field_text(window: Window) -> object:
    return window.wait_visible(TITLE_FIELD).get_property("value")


def test_crash_recovery_preserves_form_input(open_app: OpenWindow, data_home: Path) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    open_items(window)
    fill_new_item(window, "half a sentence")
    backend = backend_pid(data_home)
    with expect_exit(backend):
        os.kill(backend, signal.SIGKILL)
    window.wait_visible("//*[@role='status'][contains(., 'Restarting (attempt 1 of 3)')]")
    window.wait_hidden("//*[@role='status'][contains(., 'estarting')]")
    assert field_text(window) == "half a sentence"
    window.press("Save")
    window.wait_visible(row("half a sentence"))
    assert backend_pid(data_home) != backend


def test_crash_fails_only_requests_in_flight(open_app: OpenWindow, data_home: Path) -> None:
    """Requests that arrive while no backend runs wait for the next one, at the same address."""
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    address = window.driver.execute_async_script(START_BACKEND)
    headers = {"X-Launch-Token": address["launch_token"]}
    backend = backend_pid(data_home)
    many, killed = threading.Event(), threading.Event()
    saved: list[str] = []
    cut_off: list[str] = []
    refused: list[str] = []

    def write(client: int) -> None:
        # One connection per request: a crash closes the open connections.
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(headers=headers, limits=limits, timeout=60, trust_env=False) as http:
            for number in range(6):
                title = f"{client}.{number}"
                started_after = killed.is_set()
                try:
                    response = http.post(f"{address['base_url']}/api/v1/items/", json={"title": title})
                    (saved if response.status_code == 200 else refused).append(title)
                except httpx.TransportError:
                    (refused if started_after else cut_off).append(title)
                if len(saved) > 60:
                    many.set()

    with ThreadPoolExecutor(50) as pool:
        clients = [pool.submit(write, client) for client in range(50)]
        assert many.wait(60)
        with expect_exit(backend):
            os.kill(backend, signal.SIGKILL)
            killed.set()
        for client in clients:
            client.result()
        stored = httpx.get(
            f"{address['base_url']}/api/v1/items/",
            params={"limit": 1_000},
            headers=headers,
            trust_env=False,
            timeout=60,
        ).json()
    assert refused == []
    assert len(saved) + len(cut_off) == 300
    titles = {item["title"] for item in stored["data"]}
    assert set(saved) <= titles <= set(saved) | set(cut_off)
    assert backend_pid(data_home) != backend


def test_exhausted_restart_budget_shows_reason_and_backups_and_retry_recovers(
    open_app: OpenWindow, data_dir: Path, data_home: Path, display: str
) -> None:
    window = open_app()
    open_items(window)
    fill_new_item(window, "preserved")
    address = window.driver.execute_async_script(START_BACKEND)["base_url"]
    initial_width = window.driver.execute_script("return innerWidth")
    backup = data_dir / "backups" / "app-1.db"
    backup.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(data_dir / "app.db")) as database, closing(sqlite3.connect(backup)) as copy:
        database.backup(copy)
    repair = damage_secret_key(data_home)
    os.kill(backend_pid(data_home), signal.SIGKILL)
    window.wait_visible("//h1[normalize-space()='The app keeps stopping']")
    window.wait_visible("//*[contains(text(), 'signing key')]")
    window.wait_visible(f"//section[@aria-label='Backups']//li[normalize-space()='{backup}']")
    assert backend_pids(data_home) == []

    # The shell still listens on the backend's address, so no other program receives the token, and the menu's Settings is disabled.
    port = int(address.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        socket.create_server(("127.0.0.1", port), reuse_port=False)
    response = httpx.get(f"{address}/api/v1/items/", trust_env=False, timeout=60)
    assert (response.status_code, response.json()["code"]) == (503, "backend_unavailable")
    wait = window.wait()
    with keyboard(display) as keys:
        keys.focus_window(window.driver)
        keys.press("Control_L", "comma")
        # When the page zooms in, the menu has handled the earlier shortcut. Reset the zoom, which WebDriver ignores when it clicks.
        keys.press("Control_L", "equal")
        wait.until(lambda driver: driver.execute_script("return innerWidth") < initial_width)
        keys.press("Control_L", "0")
        wait.until(lambda driver: driver.execute_script("return innerWidth") == initial_width)
    assert window.driver.current_url.endswith("/items")

    repair()
    window.press("Try again")
    window.wait_hidden("//h1[normalize-space()='The app keeps stopping']")
    assert field_text(window) == "preserved"
    assert window.driver.execute_async_script(START_BACKEND)["base_url"] == address


def test_data_dir_writable_by_others_is_rejected_with_chmod_command(open_app: OpenWindow, data_dir: Path) -> None:
    data_dir.chmod(0o777)
    (data_dir / "server.json").write_text('{"url": "https://localhost:1"}')
    window = open_app()
    window.wait_visible("//code[normalize-space()='data_dir_not_private']")
    window.wait_visible(f"//*[contains(text(), 'chmod -R go-rwx {data_dir}')]")
    assert [path.name for path in data_dir.iterdir()] == ["server.json"], "the data dir was written to"
    data_dir.chmod(0o700)
    window.press("Try again")
    # server.json applies now, so that a user of a server does not write into local data by mistake.
    window.wait_visible('//h1[normalize-space()="The server can\'t be reached"]')


def test_taken_port_can_be_replaced_by_another(open_app: OpenWindow, data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (data_dir / "config.json").write_text(json.dumps({"PORT": port}))
        window = open_app()
        window.wait_visible("//code[normalize-space()='port_taken']")
        window.wait_visible(f"//*[contains(text(), 'Port {port}') and contains(text(), 'process {os.getpid()}')]")
        window.press("Use another port")
        window.wait_visible(ITEMS_LINK)


def test_data_dir_in_use_by_manual_backend_is_rejected_with_pid(
    open_app: OpenWindow, data_dir: Path, staged_tree: Path
) -> None:
    python = staged_tree / "python" / "bin" / "python3"
    command = [str(python), "-I", "-B", "-m", "app", "--data-dir", str(data_dir)]
    with subprocess.Popen(
        command, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as manual_backend:
        try:
            assert manual_backend.stdout
            assert any(json.loads(line)["event"] == "ready" for line in manual_backend.stdout)
            window = open_app()
            window.wait_visible("//code[normalize-space()='data_dir_in_use']")
            window.wait_visible(f"//*[contains(text(), 'a manually started backend (process {manual_backend.pid}')]")
        finally:
            manual_backend.terminate()
    window.press("Try again")
    window.wait_visible(ITEMS_LINK)


def test_second_launch_reports_already_running(
    shell: Path, desktop: dict[str, str], data_home: Path, tmp_path: Path
) -> None:
    session = [
        "dbus-run-session",
        "--",
        "sh",
        "-c",
        '"$0" & first=$!; read _; "$0"; kill $first; wait $first',
        str(shell),
    ]
    # Not a pipe: an accessibility service that D-Bus starts keeps stdout open after the session.
    with (
        (tmp_path / "stdout").open("w") as stdout,
        subprocess.Popen(session, env=desktop, stdin=subprocess.PIPE, stdout=stdout, text=True) as both,
    ):
        assert both.stdin
        served = wait_until(lambda: both.poll() is not None or backend_pids(data_home))
        assert isinstance(served, list), "the first launch exited"
        both.stdin.write("\n")
        both.stdin.close()
        with expect_exit(served[0]):
            both.wait(60)
    assert "already running" in (tmp_path / "stdout").read_text()
    assert backend_pids(data_home) == []
