"""Drives the app's window through WebDriver."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver import Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.wait import WebDriverWait

from harness import reserve_port
from harness.waiting import POLL_S, WAIT_S

OpenWindow = Callable[[], "Window"]


@dataclass
class Window:
    """An open window. Every method waits up to WAIT_S and raises TimeoutException afterwards."""

    driver: Remote

    def wait(self, *ignored: type[WebDriverException]) -> "WebDriverWait[Remote]":
        """A WebDriverWait that polls every POLL_S, faster than Selenium's default of 0.5 s."""
        return WebDriverWait(self.driver, WAIT_S, poll_frequency=POLL_S, ignored_exceptions=ignored)

    def wait_visible(self, xpath: str) -> WebElement:
        """Wait until an element is visible and return it."""
        return self.wait().until(expected.visibility_of_element_located((By.XPATH, xpath)))

    def wait_hidden(self, xpath: str) -> None:
        """Wait until no such element is visible."""

        def hidden(driver: Remote) -> bool:
            return not any(element.is_displayed() for element in driver.find_elements(By.XPATH, xpath))

        self.wait(StaleElementReferenceException).until(hidden)

    def click(self, xpath: str) -> None:
        """Click an element; retry while it is stale, moving or covered, in which case WebDriver has clicked nothing."""

        def clicked(driver: Remote) -> bool:
            element = expected.element_to_be_clickable((By.XPATH, xpath))(driver)
            if element:
                element.click()
            return bool(element)

        not_clicked = (
            ElementNotInteractableException,
            ElementClickInterceptedException,
            StaleElementReferenceException,
        )
        self.wait(*not_clicked).until(clicked)

    def press(self, name: str) -> None:
        """Click the button with this text or aria-label."""
        self.click(f"//button[normalize-space()='{name}' or @aria-label='{name}']")

    def fill(self, label: str, text: str) -> None:
        """Replace the text of the field whose label starts with `label`."""
        xpath = f"//*[@id=//label[starts-with(normalize-space(), '{label}')]/@for]"

        def typed(driver: Remote) -> bool:
            field = driver.find_element(By.XPATH, xpath)
            field.clear()
            field.send_keys(text)
            return field.get_property("value") == text

        # A dialog that is still opening ignores keys.
        self.wait(WebDriverException).until(typed)

    def choose(self, title: str, action: str) -> None:
        """Choose an action from the menu of an item, after closing dialogs have disappeared."""
        self.wait_hidden("//*[@role='dialog' or @role='menu']")
        self.click(f"//tr[.//span[@title='{title}']]//button[@aria-label='Actions']")
        self.click(f"//*[@role='menuitem' and normalize-space()='{action}']")

    def close(self) -> None:
        """Close the window. Closing it twice has no effect."""
        if self.driver.session_id:
            self.driver.quit()
            self.driver.session_id = None

    def abandon(self) -> None:
        """Discard a window whose app was killed."""
        with suppress(WebDriverException):
            self.close()
        self.driver.session_id = None


def open_window(driver_url: str, application: Path, *, reserves_port: bool = True) -> Window:
    """Start the app under WebDriver and wait for its page.

    `reserves_port`: another process cannot take the port of WebDriver while the app starts (`reserve_port.py`). The start takes
    longer by the start of an interpreter.
    """
    command = [str(application)]
    if reserves_port:
        command = [sys.executable, "-I", "-B", reserve_port.__file__, *command]
    options = ArgOptions()
    options.set_capability("browserName", "wry")
    options.set_capability("tauri:options", {"application": command[0], "args": command[1:]})
    config = ClientConfig(remote_server_addr=driver_url, timeout=120)
    return Window(Remote(command_executor=RemoteConnection(client_config=config), options=options))


def backend_address(window: Window) -> dict[str, Any]:
    """Wait until the backend is ready and return `base_url` and `launch_token`, from the command `start_backend`."""
    script = "window.__TAURI_INTERNALS__.invoke('start_backend').then(arguments[0])"
    address: dict[str, Any] = window.driver.execute_async_script(script)
    return address
