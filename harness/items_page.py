"""Page object of the items page in the window."""

from harness.window import Window

ITEMS_LINK = "//nav//a[normalize-space()='Items'][not(ancestor::*[@aria-busy='true'])]"
"""XPath that matches only when the backend is ready; until then the page shows persisted queries and is aria-busy."""


def row(title: str) -> str:
    return f"//tr//span[@title='{title}']"


def open_items(window: Window) -> None:
    window.click(ITEMS_LINK)
    window.wait_visible("//h1[normalize-space()='Items']")


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
    window.wait_hidden(row(title))
