"""How much JavaScript stands between a click and the first page."""

import gzip

import pytest
from playwright.sync_api import Browser, Response, expect

from harness.app import ROOT
from harness.browser_backend import BrowserBackend
from harness.browser_page import watched_page

MAX_BYTES = 202_000

pytestmark = pytest.mark.skipif(
    any(mark in ROOT.as_posix() for mark in "'#?"),
    reason="in a checkout with ' # or ? in its path the routes stay in one script (frontend/vite.config.ts)",
)


def test_home_page_javascript_is_below_limit(browser: Browser, backend: BrowserBackend) -> None:
    assert_javascript_below_limit(browser, backend, "You don't have any items yet")


def test_login_page_javascript_is_below_limit(browser: Browser, backend_with_auth: BrowserBackend) -> None:
    assert_javascript_below_limit(browser, backend_with_auth, "Login to your account")


def assert_javascript_below_limit(browser: Browser, backend: BrowserBackend, text: str) -> None:
    answers: list[Response] = []

    def remember(response: Response) -> None:
        answers.append(response)

    with watched_page(browser, backend.url) as page:
        page.on("response", remember)
        page.goto(backend.address)
        expect(page.get_by_text(text, exact=True)).to_be_visible()
        scripts = {answer.url: len(gzip.compress(answer.body())) for answer in answers if answer.url.endswith(".js")}
    assert len(scripts) > 1
    assert sum(scripts.values()) <= MAX_BYTES, sorted(scripts.items(), key=lambda script: -script[1])
