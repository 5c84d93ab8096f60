"""Looks for what keeps people from using a page, with axe-core."""

from pathlib import Path

from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}


def faults(page: Page, within: str = "html") -> list[str]:
    """What is grave in the element of that CSS selector as it stands now, a line an element."""
    # Evaluated rather than added as a script: the page's own policy stays in force.
    page.evaluate(SCRIPT.read_text("utf-8"))
    found = page.evaluate(
        "async (within) => (await axe.run(within, { resultTypes: ['violations'] })).violations", within
    )
    return [
        f"{violation['id']}: {violation['help']}: {node['html']} {node['any'][0]['message'] if node['any'] else ''}"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
