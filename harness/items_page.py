"""Page object of the items page in the window."""

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.wait import WebDriverWait

from harness.window import Window

CLICK_TIMEOUT_S = 5

ITEMS_LINK = "//nav//a[normalize-space()='Items'][not(ancestor::*[@aria-busy='true'])]"
"""XPath that matches only when the backend is ready; until then the page shows persisted queries and is aria-busy."""


def row(title: str) -> str:
    return f"//tr//span[@title='{title}']"


def open_items(window: Window) -> None:
    """Open the items page. A click while the page reconnects to a restarted backend may be lost, so it is repeated."""

    def is_open(driver: Remote) -> bool:
        window.click(ITEMS_LINK)
        try:
            heading = expected.visibility_of_element_located((By.XPATH, "//h1[normalize-space()='Items']"))
            return bool(WebDriverWait(driver, CLICK_TIMEOUT_S).until(heading))
        except TimeoutException:
            return False

    window.wait().until(is_open)


def fill_new_item(window: Window, title: str, description: str = "") -> None:
    """Open the dialog for a new item and fill it, without saving."""
    window.press("Add Item")
    window.fill("Title", title)
    if description:
        window.fill("Description", description)


def add(window: Window, title: str, description: str = "") -> None:
    fill_new_item(window, title, description)
    window.press("Save")
    window.wait_visible(row(title))


def rename(window: Window, title: str, new_title: str) -> None:
    window.choose(title, "Edit Item")
    window.fill("Title", new_title)
    window.press("Save")
    window.wait_visible(row(new_title))


def delete(window: Window, title: str) -> None:
    window.choose(title, "Delete Item")
    window.press("Delete")
    # The row may be hidden for a moment before the backend has answered.
    window.wait_visible("//*[@data-sonner-toast][contains(., 'The item was deleted successfully')]")
    window.wait_hidden(row(title))
