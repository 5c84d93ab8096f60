"""The window connected to a server: switching, outages and incompatible versions."""

import json
from pathlib import Path

from selenium.webdriver.common.by import By

from harness.app_data import database_of
from harness.items_page import ITEMS_LINK, add, fill_new_item, open_items, row
from harness.postgres_cluster import Cluster
from harness.processes import interpreter_pids
from harness.server_choice import (
    LOGIN,
    USE_LOCAL_DATA,
    enter_address,
    log_in,
    open_application_tab,
    switch_to_local_data,
    use_server,
)
from harness.team_server import NEWER_API, TeamServer, relay, user_files_in
from harness.window import OpenWindow, Window

LOST = "//*[@role='alert'][contains(., 'The connection to the server was lost')]"
SIGN_UP = "//a[normalize-space()='Sign up']"
TITLE_FIELD = "//*[@id=//label[starts-with(normalize-space(), 'Title')]/@for]"
FETCH = "fetch(arguments[0]).then(() => 'answered', () => 'refused').then(arguments[1])"


def heading(text: str) -> str:
    return f'//h1[normalize-space()="{text}"]'


def log_in_to_server(window: Window, server: TeamServer) -> None:
    window.wait_visible(ITEMS_LINK)
    use_server(window, server.url)
    log_in(window)


def lose_server_while_saving(window: Window, server: TeamServer) -> None:
    """Press Save in the form of a new item after the server was killed."""
    fill_new_item(window, "half a sentence")
    server.kill()
    window.press("Save")
    window.wait_visible(LOST)


def save_preserved_input(window: Window) -> None:
    """Assert that the form contains the input of `lose_server_while_saving`, and save it."""
    assert window.wait_visible(TITLE_FIELD).get_property("value") == "half a sentence"
    window.press("Save")
    window.wait_visible(row("half a sentence"))


def test_switching_to_server_and_back_keeps_data_separate(
    open_app: OpenWindow, data_home: Path, team_server: TeamServer
) -> None:
    window = open_app()
    open_items(window)
    add(window, "On this computer")
    with relay(team_server.port) as proxy:
        use_server(window, proxy.url)
        assert interpreter_pids(data_home) == []
        before = user_files_in(data_dir := database_of(data_home).parent)
        assert "app.db" in before
        assert json.loads((data_dir / "server.json").read_text()) == {"url": proxy.url}
        assert (data_dir / "server.json").stat().st_mode & 0o077 == 0
        log_in(window)
        open_items(window)
        window.wait_visible("//p[starts-with(., 'You don')]")
        assert not window.driver.find_elements(By.XPATH, row("On this computer"))
        add(window, "On the server")
        assert team_server.titles() == ["On the server"]

        # Administrators see the admin page; the Data tab shows pg_dump in place of backups.
        window.click("//nav//a[normalize-space()='Admin']")
        window.wait_visible("//td[contains(., 'root@example.com')]")
        window.click("//nav//a[normalize-space()='Settings']")
        window.click("//*[@role='tab' and normalize-space()='Data']")
        window.wait_visible("//*[contains(text(), 'pg_dump')]")
        window.click("//*[@role='tab' and normalize-space()='About']")
        window.wait_visible("//dd[starts-with(normalize-space(), 'PostgreSQL')]")
        # The CSP allows connections to the chosen address only.
        assert window.driver.execute_async_script(FETCH, team_server.url) == "refused"

        # Server choice and login persist after the window is reopened.
        window.close()
        window = open_app()
        open_items(window)
        window.wait_visible(row("On the server"))
        assert interpreter_pids(data_home) == []

        assert b"GET /api/v1/items/" in proxy.received
        assert b"authorization: bearer" in proxy.received.lower()
        assert b"x-launch-token" not in proxy.received.lower()
        assert user_files_in(data_dir) == before
        received_so_far = len(proxy.received)

        open_application_tab(window)
        switch_to_local_data(window)
        open_items(window)
        window.wait_visible(row("On this computer"))
        assert not window.driver.find_elements(By.XPATH, row("On the server"))
        assert not (data_dir / "server.json").exists()
        assert len(interpreter_pids(data_home)) >= 1
        assert len(proxy.received) - received_so_far < 20_000
        add(window, "Later, on this computer")
        assert b"Later, on this computer" not in proxy.received
    assert team_server.titles() == ["On the server"]


def test_new_user_signs_up_on_server_with_open_registration(open_app: OpenWindow, team_server: TeamServer) -> None:
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    use_server(window, team_server.url)
    window.wait_visible("//p[contains(., 'Ask an administrator to create one')]")
    assert not window.driver.find_elements(By.XPATH, SIGN_UP)
    team_server.stop()
    team_server.start(OPEN_REGISTRATION="true")
    window.driver.refresh()
    window.click(SIGN_UP)
    window.fill("Full Name", "Ada")
    window.fill("Email", "ada@example.com")
    window.fill("Password", "correct horse")
    window.fill("Confirm Password", "correct horse")
    window.press("Sign Up")
    window.wait_visible(LOGIN)
    log_in(window, "ada@example.com", "correct horse")
    open_items(window)
    add(window, "Of Ada")
    assert team_server.titles() == ["Of Ada"]  # the superuser sees all users' items
    # Every user can switch back to local data, not only superusers.
    open_application_tab(window)
    switch_to_local_data(window)


def test_server_restart_preserves_form_input(open_app: OpenWindow, team_server: TeamServer) -> None:
    window = open_app()
    log_in_to_server(window, team_server)
    open_items(window)
    lose_server_while_saving(window, team_server)
    window.press("Try again")
    window.wait_visible("//button[normalize-space()='Try again' and not(@disabled)]")
    assert window.wait_visible(TITLE_FIELD).get_property("value") == "half a sentence"
    team_server.start()
    window.wait_hidden(LOST)
    save_preserved_input(window)
    assert team_server.titles() == ["half a sentence"]


def test_unreachable_server_at_start_recovers_or_switches_to_local_data(
    open_app: OpenWindow, data_home: Path, team_server: TeamServer
) -> None:
    window = open_app()
    open_items(window)
    add(window, "On this computer")
    use_server(window, team_server.url)
    window.close()
    team_server.kill()

    window = open_app()
    window.wait_visible(heading("The server can't be reached"))
    assert interpreter_pids(data_home) == []
    team_server.start()
    window.wait_visible(LOGIN)  # the window retries automatically

    team_server.kill()
    window.driver.refresh()
    window.wait_visible(heading("The server can't be reached"))
    window.click(f'//button[normalize-space()="{USE_LOCAL_DATA}"]')
    open_items(window)
    window.wait_visible(row("On this computer"))


def test_newer_server_api_is_detected_after_reconnect(open_app: OpenWindow, team_server: TeamServer) -> None:
    window = open_app()
    log_in_to_server(window, team_server)
    open_items(window)
    lose_server_while_saving(window, team_server)
    team_server.start(prelude=NEWER_API)
    window.wait_visible(heading("This app is too old for the server"))
    team_server.kill()
    team_server.start()
    window.wait_hidden(heading("This app is too old for the server"))
    save_preserved_input(window)


def test_server_without_cors_origin_or_with_newer_api_is_rejected(
    open_app: OpenWindow, data_home: Path, team_server: TeamServer
) -> None:
    team_server.stop()
    team_server.start(BACKEND_CORS_ORIGINS="[]")
    window = open_app()
    window.wait_visible(ITEMS_LINK)
    enter_address(window, team_server.url)
    window.wait_visible("//*[@role='alert'][contains(., 'tauri://localhost') and contains(., 'BACKEND_CORS_ORIGINS')]")
    assert not list(data_home.rglob("server.json"))
    team_server.stop()
    team_server.start(prelude=NEWER_API)
    window.press("Connect")
    window.wait_visible("//*[@role='alert'][contains(., '(version 7.0.0) is too new')]")


def test_server_reports_busy_while_database_is_down(
    open_app: OpenWindow, team_server: TeamServer, cluster: Cluster
) -> None:
    """The server returns 503. The page shows an alert and recovers automatically."""
    window = open_app()
    log_in_to_server(window, team_server)
    open_items(window)
    fill_new_item(window, "half a sentence")
    busy = "//*[@role='alert'][contains(., 'The server is busy')]"
    cluster.stop("immediate")
    try:
        window.press("Save")
        window.wait_visible(busy)
    finally:
        cluster.start()
    window.wait_hidden(busy)
    window.press("Save")
    window.wait_visible(row("half a sentence"))
