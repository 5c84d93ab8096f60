"""The licences page: every component that ships with its licence and the texts it carries. Plain HTML, no scripts, nothing fetched."""

from html import escape

from runtime.components import Components
from runtime.packages import Package

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
details {{ border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .25rem 0 }}
pre {{ white-space: pre-wrap; font-size: .8rem }}
</style>
</head>
<body>
<h1>{title}</h1>
"""


def _entry(package: Package) -> str:
    title = f"{escape(package.name)} {escape(package.version)}: {escape(package.licence)}"
    if not package.texts:
        return f"<details><summary>{title}</summary><p>It comes without a licence text.</p></details>\n"
    texts = "".join(f"<h3>{escape(name)}</h3>\n<pre>{escape(text)}</pre>\n" for name, text in package.texts.items())
    return f"<details><summary>{title}</summary>\n{texts}</details>\n"


def licences_page(found: Components, name: str) -> str:
    """The page's text, for the application called `name`."""
    title = f"Licences of what {name} is made of"
    parts = [_HEAD.format(title=escape(title))]
    for room, packages in found.rooms.items():
        parts.append(f"<h2>{escape(room)}</h2>\n")
        parts += [_entry(package) for package in packages]
    parts += [
        f"<p>Not listed here: {escape(room)} (first run: {escape(advice)}).</p>\n"
        for room, advice in found.missing.items()
    ]
    parts.append("</body>\n</html>\n")
    return "".join(parts)
