"""Compressed size of the JavaScript that the first page loads."""

import gzip

import pytest
from playwright.sync_api import Browser, Response, expect

from harness.app import ROOT
from harness.browser_backend import BrowserBackend
from harness.browser_page import watched_page

MAX_BYTES = 203_000
"""Sum of the gzip-compressed sizes of all scripts."""

pytestmark = pytest.mark.skipif(
    any(mark in ROOT.as_posix() for mark in "'#?"),
    reason="frontend/vite.config.ts disables code splitting if the path of the checkout contains ', # or ?",
)


def test_home_page_javascript_is_below_limit(browser: Browser, backend: BrowserBackend) -> None:
    assert_javascript_below_limit(browser, backend, "You don't have any items yet")


def test_login_page_javascript_is_below_limit(browser: Browser, backend_with_auth: BrowserBackend) -> None:
    assert_javascript_below_limit(browser, backend_with_auth, "Login to your account")


def assert_javascript_below_limit(browser: Browser, backend: BrowserBackend, text: str) -> None:
    responses: list[Response] = []

    def on_response(response: Response) -> None:
        responses.append(response)

    with watched_page(browser, backend.url) as page:
        page.on("response", on_response)
        page.goto(backend.address)
        expect(page.get_by_text(text, exact=True)).to_be_visible()
        scripts = {
            response.url: len(gzip.compress(response.body())) for response in responses if response.url.endswith(".js")
        }
    assert len(scripts) > 1
    assert sum(scripts.values()) <= MAX_BYTES, sorted(scripts.items(), key=lambda script: -script[1])
