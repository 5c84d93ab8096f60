"""The real window on a real server: there, in trouble, and back."""

import json
from pathlib import Path

from selenium.webdriver.common.by import By

from harness.items_page import ITEMS_LINK, add, begin, open_items, row
from harness.postgres_cluster import Cluster
from harness.processes import interpreters_on
from harness.stored import database_of
from harness.team_server import NEXT_API, TeamServer, files_of, relay
from harness.use_a_server import BACK, LOGIN, enter_address, log_in, open_application_tab, use_server, use_this_computer
from harness.window import OpenWindow, Window

LOST = "//*[@role='alert'][contains(., 'The connection to the server was lost')]"
SIGN_UP = "//a[normalize-space()='Sign up']"
TITLE_FIELD = "//*[@id=//label[starts-with(normalize-space(), 'Title')]/@for]"
ASK_ELSEWHERE = "fetch(arguments[0]).then(() => 'answered', () => 'refused').then(arguments[1])"


def heading(text: str) -> str:
    return f'//h1[normalize-space()="{text}"]'


def on_server(window: Window, server: TeamServer) -> None:
    window.see(ITEMS_LINK)
    use_server(window, server.url)
    log_in(window)


def test_there_and_back_and_each_has_its_own_data(
    open_app: OpenWindow, data_home: Path, team_server: TeamServer
) -> None:
    window = open_app()
    open_items(window)
    add(window, "On this computer")
    with relay(team_server.port) as way:
        use_server(window, way.url)
        assert interpreters_on(data_home) == []
        before = files_of(data_dir := database_of(data_home).parent)
        assert "app.db" in before
        assert json.loads((data_dir / "server.json").read_text()) == {"url": way.url}
        assert (data_dir / "server.json").stat().st_mode & 0o077 == 0
        log_in(window)
        open_items(window)
        window.see("//p[starts-with(., 'You don')]")
        assert not window.driver.find_elements(By.XPATH, row("On this computer"))
        add(window, "On the server")
        assert team_server.titles() == ["On the server"]

        # Its pages for those who manage it, and none for what it refuses.
        window.click("//nav//a[normalize-space()='Admin']")
        window.see("//td[contains(., 'root@example.com')]")
        window.click("//nav//a[normalize-space()='Settings']")
        window.click("//*[@role='tab' and normalize-space()='Data']")
        window.see("//*[contains(text(), 'pg_dump')]")
        window.click("//*[@role='tab' and normalize-space()='About']")
        window.see("//dd[starts-with(normalize-space(), 'PostgreSQL')]")
        # Nowhere else, and not to a backend of this computer's either.
        assert window.driver.execute_async_script(ASK_ELSEWHERE, team_server.url) == "refused"

        # The choice outlives the window; so does the login.
        window.close()
        window = open_app()
        open_items(window)
        window.see(row("On the server"))
        assert interpreters_on(data_home) == []

        assert b"GET /api/v1/items/" in way.asked
        assert b"authorization: bearer" in way.asked.lower()
        assert b"x-launch-token" not in way.asked.lower()
        assert files_of(data_dir) == before
        asked_so_far = len(way.asked)

        open_application_tab(window)
        use_this_computer(window)
        open_items(window)
        window.see(row("On this computer"))
        assert not window.driver.find_elements(By.XPATH, row("On the server"))
        assert not (data_dir / "server.json").exists()
        assert len(interpreters_on(data_home)) >= 1
        assert len(way.asked) - asked_so_far < 20_000
        add(window, "Later, on this computer")
        assert b"Later, on this computer" not in way.asked
    assert team_server.titles() == ["On the server"]


def test_somebody_new_signs_up_on_a_server_that_lets_everybody(open_app: OpenWindow, team_server: TeamServer) -> None:
    window = open_app()
    window.see(ITEMS_LINK)
    use_server(window, team_server.url)
    window.see("//p[contains(., 'Ask an administrator to create one')]")
    assert not window.driver.find_elements(By.XPATH, SIGN_UP)
    team_server.stop()
    team_server.start(OPEN_REGISTRATION="true")
    window.driver.refresh()
    window.click(SIGN_UP)
    window.fill("Full name", "Ada")
    window.fill("Email", "ada@example.com")
    window.fill("Password", "correct horse")
    window.fill("Confirm Password", "correct horse")
    window.press("Sign Up")
    window.see(LOGIN)
    log_in(window, "ada@example.com", "correct horse")
    open_items(window)
    add(window, "Of Ada")
    assert team_server.titles() == ["Of Ada"]  # who manages a server sees everybody's
    # The way back is everybody's, not only of those who manage the server.
    open_application_tab(window)
    use_this_computer(window)


def test_a_server_that_is_killed_and_comes_back_costs_nothing_that_was_typed(
    open_app: OpenWindow, team_server: TeamServer
) -> None:
    window = open_app()
    on_server(window, team_server)
    open_items(window)
    begin(window, "half a sentence")
    team_server.kill()
    window.press("Save")
    window.see(LOST)
    window.press("Try again")
    window.see("//button[normalize-space()='Try again' and not(@disabled)]")
    assert window.see(TITLE_FIELD).get_property("value") == "half a sentence"
    team_server.start()
    window.gone(LOST)
    assert window.see(TITLE_FIELD).get_property("value") == "half a sentence"
    window.press("Save")
    window.see(row("half a sentence"))
    assert team_server.titles() == ["half a sentence"]


def test_a_server_that_is_gone_at_the_start_has_a_screen_and_both_ways_on(
    open_app: OpenWindow, data_home: Path, team_server: TeamServer
) -> None:
    window = open_app()
    open_items(window)
    add(window, "On this computer")
    use_server(window, team_server.url)
    window.close()
    team_server.kill()

    window = open_app()
    window.see(heading("The server can't be reached"))
    assert interpreters_on(data_home) == []
    team_server.start()
    window.see(LOGIN)  # by itself

    team_server.kill()
    window.driver.refresh()
    window.see(heading("The server can't be reached"))
    window.click(f'//button[normalize-space()="{BACK}"]')
    open_items(window)
    window.see(row("On this computer"))


def test_a_server_of_another_version_is_told_apart_whenever_it_comes(
    open_app: OpenWindow, team_server: TeamServer
) -> None:
    window = open_app()
    on_server(window, team_server)
    open_items(window)
    begin(window, "half a sentence")
    team_server.kill()
    window.press("Save")
    window.see(LOST)
    team_server.start(first=NEXT_API)
    window.see(heading("This app is too old for the server"))
    team_server.kill()
    team_server.start()
    window.gone(heading("This app is too old for the server"))
    assert window.see(TITLE_FIELD).get_property("value") == "half a sentence"
    window.press("Save")
    window.see(row("half a sentence"))


def test_a_server_that_does_not_let_the_window_in_is_not_used(
    open_app: OpenWindow, data_home: Path, team_server: TeamServer
) -> None:
    team_server.stop()
    team_server.start(BACKEND_CORS_ORIGINS="[]")
    window = open_app()
    window.see(ITEMS_LINK)
    enter_address(window, team_server.url)
    window.see("//*[@role='alert'][contains(., 'tauri://localhost') and contains(., 'BACKEND_CORS_ORIGINS')]")
    assert not list(data_home.rglob("server.json"))
    team_server.stop()
    team_server.start(first=NEXT_API)
    window.press("Connect")
    window.see("//*[@role='alert'][contains(., 'is newer (version 7.0.0)')]")


def test_while_its_database_is_away_a_server_is_busy(
    open_app: OpenWindow, team_server: TeamServer, cluster: Cluster
) -> None:
    """It answers 503 then; the page says so, stays, and goes on by itself."""
    window = open_app()
    on_server(window, team_server)
    open_items(window)
    begin(window, "half a sentence")
    busy = "//*[@role='alert'][contains(., 'The server is busy')]"
    cluster.stop("immediate")
    try:
        window.press("Save")
        window.see(busy)
    finally:
        cluster.start()
    window.gone(busy)
    window.press("Save")
    window.see(row("half a sentence"))
