"""Bar chart (SVG) of the ratios with target marks, for light and dark pages."""

from collections.abc import Sequence
from html import escape

from proof.bench.measure import Line

NAME_PX, BAR_PX, ROW_PX, TOP_PX = 430, 360, 22, 44
MOST = 2.5
"""The largest ratio of the axis; larger ratios are cut off."""
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.value{font-weight:600}.good{fill:#2f7d4f}.bad{fill:#b7791f}"
    ".plain{fill:#6b7a90}.mark{stroke:#1f2328;stroke-width:2}.one{stroke:#8b949e;stroke-dasharray:3 3}"
    "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.good{fill:#5cc48a}.bad{fill:#e0a94a}.plain{fill:#9aa7b8}"
    ".mark{stroke:#e6edf3}.one{stroke:#6e7681}}"
)


def picture(lines: Sequence[Line]) -> str:
    """One SVG document. Lines without an alternative are omitted."""
    drawn = [line for line in lines if line.ratio is not None]
    height, one = TOP_PX + ROW_PX * len(drawn) + 8, _at(1.0)
    rows = "\n".join(_row(line, TOP_PX + ROW_PX * number) for number, line in enumerate(drawn))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {NAME_PX + BAR_PX + 60} {height}" role="img">\n'
        f"<title>Ours divided by what a user would have otherwise</title>\n<style>{STYLE}</style>\n"
        '<text x="8" y="20">Ours / theirs. Thick mark: where the bar should end, or begin to be long enough. '
        "Dashed: as good as theirs.</text>\n"
        f'<line class="one" x1="{one}" x2="{one}" y1="{TOP_PX - 8}" y2="{height - 8}"/>\n{rows}\n</svg>\n'
    )


def _at(ratio: float) -> float:
    return NAME_PX + round(min(ratio, MOST) / MOST * BAR_PX, 1)


def _row(line: Line, top: int) -> str:
    assert line.ratio is not None
    kind = {None: "plain", True: "good", False: "bad"}[line.reached]
    name, end, middle = escape(f"{line.what}, against {line.against}"), _at(line.ratio), top + 13
    mark = ""
    if line.target is not None:
        place = _at(line.target)
        mark = f'<line class="mark" x1="{place}" x2="{place}" y1="{top}" y2="{top + ROW_PX - 5}"/>'
    return (
        f'<text x="{NAME_PX - 8}" y="{middle}" text-anchor="end">{name}</text>'
        f'<rect class="{kind}" x="{NAME_PX}" y="{top + 3}" width="{end - NAME_PX:.1f}" height="{ROW_PX - 10}" rx="2"/>'
        f'{mark}<text class="value" x="{end + 6:.1f}" y="{middle}">{line.ratio:.2f}</text>'
    )
