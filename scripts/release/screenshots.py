"""Take the screenshots of docs/images from the app in browser mode, light and dark: `make screenshots`.

Run on the bundled interpreter, with the development tools.
"""

import tempfile
from pathlib import Path
from typing import get_args

from playwright.sync_api import expect, sync_playwright

from harness.browser_backend import BrowserBackend
from harness.browser_page import Theme, launch, watched_page
from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT

IMAGES = ROOT / "docs" / "images"
TITLES = [
    "Water the plants",
    "Call the landlord",
    "Book the train to Graz",
    "Renew the library card",
    "Buy seeds",
    "Repair the bicycle",
]


def main() -> None:
    """Take one screenshot of the items page per theme."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        backend = BrowserBackend(Path(folder) / "data")
        backend.start()
        browser = launch(playwright)
        try:
            backend.add_items(TITLES)
            for theme in get_args(Theme):
                with watched_page(browser, backend.url, theme, width=1100) as page:
                    page.goto(backend.address)
                    page.get_by_role("link", name="Items").click()
                    expect(page.get_by_role("row").filter(has_text=TITLES[0])).to_be_visible()
                    page.screenshot(path=IMAGES / f"window-{theme}.png")
        finally:
            browser.close()
            backend.stop()


if __name__ == "__main__":
    apply_tool_environment()
    main()
