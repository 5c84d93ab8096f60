"""Browser mode with authentication on."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from harness import axe
from harness.browser_backend import OWNER_EMAIL, OWNER_PASSWORD, BrowserBackend
from harness.browser_page import Theme, watched_page


def log_in(page: Page) -> None:
    page.get_by_test_id("email-input").fill(OWNER_EMAIL)
    page.get_by_test_id("password-input").fill(OWNER_PASSWORD)
    page.get_by_role("button", name="Log In").click()


def test_pages_redirect_to_login_before_login_and_after_logout(
    browser: Browser, backend_with_auth: BrowserBackend
) -> None:
    with watched_page(browser, backend_with_auth.url) as page:
        page.goto(backend_with_auth.address)
        expect(page).to_have_url(re.compile("/login"))
        log_in(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Hi, ")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Hi, ")
        page.get_by_test_id("user-menu").click()
        page.get_by_role("menuitem", name="Log out").click()
        expect(page).to_have_url(re.compile("/login"))
        page.goto("/items")
        expect(page).to_have_url(re.compile("/login"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_account_pages_pass_axe(browser: Browser, backend_with_auth: BrowserBackend, theme: Theme) -> None:
    violations: list[str] = []
    with watched_page(browser, backend_with_auth.url, theme) as page:
        page.goto(backend_with_auth.address)

        def check(*addresses: str) -> None:
            for address in addresses:
                page.goto(address)
                expect(page.get_by_role("heading", level=1)).to_be_visible()
                expect(page.get_by_role("status", name=re.compile("^Loading"))).to_have_count(0)
                violations.extend(f"{address}: {violation}" for violation in axe.violations(page))

        check("/login", "/signup", "/recover-password", "/reset-password?token=none")
        page.goto("/login")
        log_in(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Hi, ")
        check("/", "/admin", *(f"/settings?tab={tab}" for tab in ("profile", "password", "security", "danger")))
    assert violations == []
