"""The license report: every shipped component with its license and license texts, as an HTML page and as JSON for the UI."""

import json
from html import escape

from runtime.inventory.components import Components
from runtime.inventory.packages import Package

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
td {{ padding: 0 1rem .25rem 0; vertical-align: top }}
pre {{ white-space: pre-wrap; font-size: .8rem }}
</style>
</head>
<body>
<h1>{title}</h1>
"""


def licenses_data(found: Components) -> str:
    """JSON for the UI (type: `frontend/src/engine/shell.ts`): components by group, each with indices into `texts`."""
    numbers: dict[str, int] = {}
    groups = [
        {
            "heading": heading,
            "components": [
                {
                    "name": package.name,
                    "version": package.version,
                    "license": package.license,
                    "texts": [
                        {"file": file, "text": numbers.setdefault(text, len(numbers))}
                        for file, text in package.texts.items()
                    ],
                }
                for package in packages
            ],
        }
        for heading, packages in found.groups.items()
    ]
    data = {"groups": groups, "missing": list(found.missing), "texts": list(numbers)}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def licenses_page(found: Components, name: str) -> str:
    """An HTML page for the application `name`, without scripts and external resources. A text shared by several components appears once."""
    title = f"Third-party licenses of {name}"
    numbers: dict[str, int] = {}
    parts = [_HEAD.format(title=escape(title))]
    for group, packages in found.groups.items():
        rows = "".join(_row(package, numbers) for package in packages)
        parts.append(f"<h2>{escape(group)}</h2>\n<table>\n{rows}</table>\n")
    for group, advice in found.missing.items():
        parts.append(f"<p>Missing in this report: {escape(group)} (first run: {escape(advice)}).</p>\n")
    parts.append("<h2>License texts</h2>\n")
    for text, number in numbers.items():
        shown = f"<summary>License text {number}</summary><pre>{escape(text)}</pre>"
        parts.append(f'<details open id="text-{number}">{shown}</details>\n')
    parts.append("</body>\n</html>\n")
    return "".join(parts)


def _row(package: Package, numbers: dict[str, int]) -> str:
    """A table row with links to the component's texts; a new text gets the next number."""
    links = [
        f'<a href="#text-{numbers.setdefault(text, len(numbers) + 1)}">{escape(file)}</a>'
        for file, text in package.texts.items()
    ]
    cells = [
        escape(package.name),
        escape(package.version),
        escape(package.license),
        ", ".join(links) or "no license text",
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
