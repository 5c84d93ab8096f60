"""Text input: right-to-left scripts, input methods, keyboard layouts, and blocked site data."""

from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, expect

from harness.browser_backend import BrowserBackend
from harness.browser_page import launch_options

HEBREW = "ראשון " + "ש" * 200
FIRST_LETTER_IS_SHOWN = """element => {
  const range = document.createRange()
  range.setStart(element.firstChild, 0)
  range.setEnd(element.firstChild, 1)
  const [letter, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()]
  return letter.left >= box.left - 1 && letter.right <= box.right + 1
}"""
CTRL = 2


def compose(page: Page, text: str) -> CDPSession:
    """Start an IME composition of `text` in the focused field."""
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    return session


def press_while_composing(session: CDPSession, key: str) -> None:
    session.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": 229}
    )


def test_rtl_title_shows_its_start_and_is_isolated_in_dialog(page: Page, backend: BrowserBackend) -> None:
    backend.add_items([HEBREW, "שלום (2)"])
    page.reload()
    for address in ("/", "/items"):
        page.goto(address)
        title = page.get_by_text(HEBREW, exact=True)
        expect(title).to_be_visible()
        assert title.evaluate(FIRST_LETTER_IS_SHOWN), address

    page.get_by_role("row", name="שלום").get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete Item").click()
    name = page.get_by_role("alertdialog").locator("bdi")
    expect(name).to_have_text("שלום (2)")
    follows = "bdi => { const r = document.createRange(); r.selectNode(bdi.nextSibling); return r.getBoundingClientRect().left >= bdi.getBoundingClientRect().right - 1 }"
    assert name.evaluate(follows), "the closing quotation mark does not follow the title"


def test_rtl_input_sets_text_direction(page: Page) -> None:
    page.get_by_role("button", name="Add Item").click()
    title = page.get_by_label("Title")
    title.fill("שלום")
    assert title.evaluate("input => getComputedStyle(input).direction") == "rtl"
    title.fill("Lamp")
    assert title.evaluate("input => getComputedStyle(input).direction") == "ltr"


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_key_during_ime_composition_triggers_no_action(page: Page, backend: BrowserBackend, key: str) -> None:
    backend.add_items(["Lamp"])
    page.goto("/items")
    expect(page.get_by_role("row", name="Lamp")).to_be_visible()
    page.get_by_role("button", name="Add Item").click()
    title = page.get_by_label("Title")
    expect(title).to_be_focused()
    press_while_composing(compose(page, "にほ"), key)
    expect(title).to_have_value("にほ")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    with backend.api() as api:
        assert api.get("/items/").json()["count"] == 1

    page.get_by_role("searchbox").focus()
    press_while_composing(compose(page, "にほ"), key)
    expect(page.get_by_role("searchbox")).to_have_value("にほ")


def test_search_shortcut_works_on_cyrillic_keyboard(page: Page) -> None:
    page.goto("/items")
    expect(page.get_by_role("searchbox")).to_be_visible()
    page.context.new_cdp_session(page).send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "л", "code": "KeyK", "windowsVirtualKeyCode": 75, "modifiers": CTRL},
    )
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_stretched_select_contains_its_arrow(page: Page, backend: BrowserBackend) -> None:
    backend.add_items(["Lamp"])
    page.goto("/items")
    select = page.get_by_label("Rows per page")
    expect(select).to_be_visible()
    inside = """select => {
      // The layout of a field, whose label is above the select.
      select.labels[0].remove()
      const field = select.parentElement.parentElement
      field.style.cssText = "display: grid; width: 25rem"
      const [box, arrow] = [select.getBoundingClientRect(), select.nextElementSibling.getBoundingClientRect()]
      return box.width === field.getBoundingClientRect().width && arrow.right < box.right && arrow.left > box.left
    }"""
    assert select.evaluate(inside)


def test_app_works_and_shows_warning_if_browser_blocks_site_data(
    page: Page, backend: BrowserBackend, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text('{"profile": {"default_content_setting_values": {"cookies": 2}}}')
    browser = page.context.browser
    assert browser
    context = browser.browser_type.launch_persistent_context(profile, **launch_options())
    try:
        blocked_page = context.pages[0]
        page_errors: list[str] = []
        blocked_page.on("pageerror", lambda error: page_errors.append(str(error)))
        blocked_page.goto(backend.address)
        expect(blocked_page.get_by_role("heading", level=1)).to_contain_text("Hi, ")
        assert (
            blocked_page.evaluate(
                "() => { try { return Storage.prototype.isPrototypeOf(localStorage) } catch { return 'blocked' } }"
            )
            is False
        )
        expect(blocked_page.get_by_text("Your browser can't store data")).to_have_count(1)
        blocked_page.get_by_role("button", name="Add Item").click()
        blocked_page.get_by_label("Title").fill("Stored by the backend")
        blocked_page.get_by_role("button", name="Save").click()
        expect(blocked_page.get_by_text("Item created successfully")).to_be_visible()
        blocked_page.get_by_test_id("theme-button").click()
        blocked_page.get_by_test_id("dark-mode").click()
        expect(blocked_page.locator("html")).to_have_class("dark")
        assert page_errors == []
    finally:
        context.close()
