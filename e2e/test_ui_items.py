"""The items page in browser mode."""

import re

from playwright.sync_api import Locator, Page, expect

from harness.browser_backend import BrowserBackend

EN_DASH = "\u2013"
NO_ITEMS = "You don't have any items yet"
MARKUP = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"


def open_items(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Items").click()
    expect(page.get_by_role("heading", name="Items", exact=True)).to_be_visible()


def choose_action(page: Page, title: str, action: str) -> None:
    page.get_by_role("row", name=title).get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name=action).click()


def page_range(page: Page, first: object, last: object, count: object) -> Locator:
    """Return the pagination text for this range of rows."""
    return page.get_by_text(f"{first}{EN_DASH}{last} of {count}", exact=True)


def first_title(page: Page) -> str:
    return page.locator("tbody tr").first.locator("td").first.locator("span").first.inner_text()


def test_undo_restores_deleted_item_with_id_and_timestamps(page: Page, backend: BrowserBackend) -> None:
    backend.add_items(["Lamp"])
    with backend.api() as api:
        before = api.get("/items/").json()
        open_items(page)
        choose_action(page, "Lamp", "Delete Item")
        page.get_by_role("button", name="Delete").click()
        undo = page.get_by_role("button", name="Undo")
        expect(undo).to_be_visible()
        assert api.get("/items/").json()["count"] == 0
        undo.click()
        expect(page.get_by_role("row", name="Lamp")).to_be_visible()
        assert api.get("/items/").json() == before


def test_search_sort_and_page_of_1000_items_are_in_url(page: Page, backend: BrowserBackend) -> None:
    backend.add_items([f"Item {number:04}" for number in range(1_000)])
    open_items(page)
    expect(page_range(page, 1, 25, "1,000")).to_be_visible()
    assert first_title(page) == "Item 0999"

    page.get_by_role("button", name="Last page").click()
    expect(page_range(page, 976, "1,000", "1,000")).to_be_visible()
    expect(page.get_by_text("Item 0000", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/items\?page=40$"))

    page.get_by_role("button", name="Title").click()
    expect(page.get_by_role("columnheader", name="Title")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody tr").first).to_contain_text("Item 0000")
    expect(page).to_have_url(re.compile(r"/items\?sort=title$"))

    page.keyboard.press("/")
    page.keyboard.type("m 09")
    expect(page_range(page, 1, 25, 100)).to_be_visible()
    expect(page).to_have_url(re.compile(r"search=m(\+|%20)09"))
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("m 09")
    expect(page_range(page, 1, 25, 100)).to_be_visible()

    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_text("No items found")).to_be_visible()
    page.get_by_role("searchbox").press("Escape")
    expect(page_range(page, 1, 25, "1,000")).to_be_visible()


def test_search_text_is_truncated_to_backend_limit(page: Page, backend: BrowserBackend) -> None:
    backend.add_items(["Lamp"])
    open_items(page)
    page.get_by_role("searchbox").fill("x" * 1_000)
    expect(page.get_by_text("No items found")).to_be_visible()
    page.goto("/items?search=" + "x" * 1_000)
    expect(page.get_by_text("No items found")).to_be_visible()


def test_markup_in_title_is_rendered_as_text(page: Page, backend: BrowserBackend) -> None:
    backend.add_items([MARKUP])
    page.reload()
    expect(page.get_by_text(MARKUP)).to_be_visible()
    open_items(page)
    expect(page.get_by_text(MARKUP)).to_be_visible()
    choose_action(page, "script", "Delete Item")
    expect(page.get_by_role("alertdialog")).to_contain_text(MARKUP)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text(NO_ITEMS)).to_be_visible()
    assert "owned" not in page.title()


def test_item_is_added_and_deleted_by_keyboard(page: Page) -> None:
    def tab_to(name: str) -> None:
        """Press Tab until the element with this name has the focus, at most 40 times."""
        visited: list[str] = []
        while len(visited) < 40:
            page.keyboard.press("Tab")
            visited.append(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText.trim()"))
            if visited[-1] == name:
                return
        raise AssertionError(f"{name} can't be reached by Tab, only {visited}")

    expect(page.get_by_text(NO_ITEMS)).to_be_visible()
    tab_to("Items")
    page.keyboard.press("Enter")
    # The previous page also has an Add Item button, so wait for this page's heading.
    expect(page.get_by_role("heading", name="Items", exact=True)).to_be_visible()
    expect(page.get_by_text(NO_ITEMS)).to_be_visible()
    tab_to("Add Item")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="By keyboard")).to_be_visible()
    expect(page.get_by_role("button", name="Add Item")).to_be_focused()

    tab_to("Actions")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Delete Item")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text(NO_ITEMS)).to_be_visible()


def test_double_click_on_save_creates_one_item(page: Page, backend: BrowserBackend) -> None:
    open_items(page)
    page.get_by_role("button", name="Add Item").click()
    page.get_by_label("Title").fill("Once")
    page.get_by_role("button", name="Save").dblclick()
    expect(page.get_by_role("dialog")).to_be_hidden()
    with backend.api() as api:
        assert api.get("/items/").json()["count"] == 1


def test_saving_item_deleted_elsewhere_reports_deletion(page: Page, backend: BrowserBackend) -> None:
    backend.add_items(["Lamp"])
    open_items(page)
    choose_action(page, "Lamp", "Edit Item")
    page.get_by_label("Title").fill("Lamp 2")
    with backend.api() as api:
        (item,) = api.get("/items/").json()["data"]
        api.delete(f"/items/{item['id']}").raise_for_status()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It has been deleted.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text(NO_ITEMS)).to_be_visible()
