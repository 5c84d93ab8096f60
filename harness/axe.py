"""Accessibility checks with axe-core."""

from typing import Any

from playwright.sync_api import Page

from harness.app import ROOT
from harness.window import Window

SCRIPT = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
REPORTED_IMPACTS = {"serious", "critical"}


def violations(page: Page, within: str = "html") -> list[str]:
    """Serious and critical violations within a CSS selector, one line per element."""
    # Evaluated, since the page's CSP blocks inline scripts.
    page.evaluate(SCRIPT.read_text("utf-8"))
    results = page.evaluate(
        "async (within) => (await axe.run(within, { resultTypes: ['violations'] })).violations", within
    )
    return serious(results)


def serious(results: list[dict[str, Any]]) -> list[str]:
    """Format the violations of reported impact, one line per element."""
    return [
        f"{violation['id']}: {violation['help']}: {node['html']} {node['any'][0]['message'] if node['any'] else ''}"
        for violation in results
        if violation["impact"] in REPORTED_IMPACTS
        for node in violation["nodes"]
    ]


def axe_violations_in_window(window: Window) -> list[str]:
    """Serious and critical violations of the page in the window."""
    window.driver.execute_script(SCRIPT.read_text("utf-8"))
    results = window.driver.execute_async_script(
        "axe.run('html', { resultTypes: ['violations'] }).then(({ violations }) => arguments[0](violations))"
    )
    return serious(results)
