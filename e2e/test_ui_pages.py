"""Every page in browser mode: title, accessibility in both themes, narrow widths and CSP."""

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from harness import axe
from harness.browser_backend import BrowserBackend
from harness.browser_page import Theme, watched_page
from harness.ports import free_port

PAGES = {
    "/": "Home",
    "/items": "Items",
    "/items?search=nothing+like+it": "Items",
    "/settings": "Settings",
    "/settings?tab=application": "Settings",
    "/settings?tab=data": "Settings",
    "/settings?tab=about": "Settings",
    "/settings/licenses": "Licenses",
    "/nowhere": "Page not found",
}


def wait_until_loaded(page: Page) -> None:
    """Wait until no loading status is shown."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("status", name=re.compile("^Loading"))).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_title_pass_axe_and_fit_width(
    browser: Browser, backend: BrowserBackend, theme: Theme, width: int
) -> None:
    backend.add_items(["Lamp", "Chair"])
    with backend.api() as api:
        api.post("/backups/").raise_for_status()
    problems = []
    with watched_page(browser, backend.url, theme, width) as page:
        page.goto(backend.address)
        for address, title in PAGES.items():
            page.goto(address)
            wait_until_loaded(page)
            expect(page).to_have_title(re.compile(f"^{title} · "))
            overflows = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            problems += [f"{address}: {violation}" for violation in axe.violations(page)]
            problems += [f"{address} scrolls horizontally"] if overflows else []
    assert problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dialogs_and_menus_pass_axe(browser: Browser, backend: BrowserBackend, theme: Theme) -> None:
    backend.add_items(["Lamp"])
    problems = []
    # Check only the dialog or menu. The rest of the page is hidden from screen readers and outside the focus trap.
    with watched_page(browser, backend.url, theme) as page:
        page.goto(backend.address)
        page.goto("/items")
        page.get_by_role("button", name="Add Item").click()
        expect(page.get_by_label("Title")).to_be_focused()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Title is required")).to_be_visible()
        problems += axe.violations(page, "[role=dialog]")
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Actions").click()
        expect(page.get_by_role("menu")).to_be_visible()
        problems += axe.violations(page, "[role=menu]")
        page.get_by_role("menuitem", name="Delete Item").click()
        expect(page.get_by_role("alertdialog")).to_be_visible()
        problems += axe.violations(page, "[role=alertdialog]")
        page.get_by_role("button", name="Cancel").click()
        page.goto("/settings?tab=application")
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_test_id("email-input")).to_be_focused()
        problems += axe.violations(page, "[role=dialog]")
    assert problems == []


def test_unknown_route_links_to_home(page: Page) -> None:
    page.goto("/no/such/page")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    page.get_by_role("link", name="Go home").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hi, ")


def test_theme_choice_survives_reload(page: Page) -> None:
    html = page.locator("html")
    expect(html).to_have_class("light")
    page.get_by_test_id("theme-button").click()
    page.get_by_test_id("dark-mode").click()
    expect(html).to_have_class("dark")
    page.reload()
    expect(html).to_have_class("dark")
    page.get_by_test_id("theme-button").click()
    page.get_by_test_id("light-mode").click()
    expect(html).to_have_class("light")


def run_inline(browser: Browser, address: str, url: str) -> None:
    """Insert an inline script, as an XSS attack would."""
    with watched_page(browser, url) as page:
        page.goto(address)
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: 'owned = 1' }))")
        assert page.evaluate("typeof owned") == "undefined"


def test_inline_script_is_blocked_and_fails_watched_page(browser: Browser, backend: BrowserBackend) -> None:
    with pytest.raises(AssertionError, match="Content Security Policy"):
        run_inline(browser, backend.address, backend.url)


def test_page_reports_stopped_backend_and_resumes_after_restart(browser: Browser, tmp_path: Path) -> None:
    backend = BrowserBackend(tmp_path / "data", {"PORT": str(free_port())})
    backend.start()
    with watched_page(browser, backend.url) as page:
        page.goto(backend.address)
        page.goto("/items")
        page.get_by_role("button", name="Add Item").click()
        page.get_by_label("Title").fill("Half a sentence")
        backend.stop()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("The backend is not responding")).to_be_visible()
        assert axe.violations(page, "[role=alert]") == []
        expect(page.get_by_label("Title")).to_have_value("Half a sentence")

        backend.start()
        expect(page.get_by_text("The backend is not responding")).to_be_hidden()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("row", name="Half a sentence")).to_be_visible()

        backend.stop()
        page.get_by_role("link", name="Home").click()
        expect(page.get_by_text("The backend is not responding")).to_be_visible()
        backend.token = secrets.token_urlsafe(32)
        backend.start()
        expect(page.get_by_role("heading", name="Open the address printed in the terminal")).to_be_visible()
    backend.stop()
