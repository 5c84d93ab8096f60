"""Chromium pages whose test fails on CSP violations, uncaught errors and requests to other origins."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect

from harness.browser_programs import BROWSERS

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)

Theme = Literal["light", "dark"]


def launch_options() -> dict[str, Any]:
    """Launch options for the installed Chromium or Chrome, so that Playwright downloads no browser."""
    if program := next(filter(None, map(shutil.which, BROWSERS)), None):
        return {"executable_path": program, "args": FLAGS}
    # Playwright finds Chrome in the default folders of macOS and Windows.
    return {"channel": "chrome", "args": FLAGS}


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(**launch_options())


@contextmanager
def watched_page(browser: Browser, url: str, theme: Theme = "light", width: int = 1280) -> Iterator[Page]:
    """A page in a new profile with base URL `url`. Raises AssertionError on CSP violations, page errors and requests to other origins."""
    context = browser.new_context(
        base_url=url,
        color_scheme=theme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 800},
        locale="en-GB",
    )
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    problems: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{url}/", "data:", "blob:")):
            problems.append(f"request to another origin: {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems, "\n".join(problems)
