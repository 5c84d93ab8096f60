"""SVG bar chart of the ratios and targets, with light and dark colors."""

from collections.abc import Sequence
from html import escape

from proof.bench.measure import Benchmark

NAME_PX, BAR_PX, ROW_PX, TOP_PX = 500, 360, 22, 44
MAX_RATIO = 2.5
"""Upper limit of the axis; longer bars are cut off."""
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.value{font-weight:600}.good{fill:#2f7d4f}.bad{fill:#b7791f}"
    ".plain{fill:#6b7a90}.mark{stroke:#1f2328;stroke-width:2}.one{stroke:#8b949e;stroke-dasharray:3 3}"
    "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.good{fill:#5cc48a}.bad{fill:#e0a94a}.plain{fill:#9aa7b8}"
    ".mark{stroke:#e6edf3}.one{stroke:#6e7681}}"
)


def chart_svg(benchmarks: Sequence[Benchmark]) -> str:
    """Return the SVG document, without benchmarks that have no baseline."""
    drawn = [benchmark for benchmark in benchmarks if benchmark.ratio is not None]
    height, one = TOP_PX + ROW_PX * len(drawn) + 8, _at(1.0)
    rows = "\n".join(_row(benchmark, TOP_PX + ROW_PX * number) for number, benchmark in enumerate(drawn))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {NAME_PX + BAR_PX + 60} {height}" role="img">\n'
        f"<title>Benchmarks: the app's value divided by the baseline's</title>\n<style>{STYLE}</style>\n"
        '<text x="8" y="20">App / baseline. Solid mark: target; green bars meet it. '
        "Dashed: equal to the baseline.</text>\n"
        f'<line class="one" x1="{one}" x2="{one}" y1="{TOP_PX - 8}" y2="{height - 8}"/>\n{rows}\n</svg>\n'
    )


def _at(ratio: float) -> float:
    return NAME_PX + round(min(ratio, MAX_RATIO) / MAX_RATIO * BAR_PX, 1)


def _row(benchmark: Benchmark, top: int) -> str:
    assert benchmark.ratio is not None
    kind = {None: "plain", True: "good", False: "bad"}[benchmark.meets_target]
    name, end, middle = escape(f"{benchmark.name}, vs. {benchmark.baseline}"), _at(benchmark.ratio), top + 13
    mark = ""
    if benchmark.target is not None:
        mark_x = _at(benchmark.target)
        mark = f'<line class="mark" x1="{mark_x}" x2="{mark_x}" y1="{top}" y2="{top + ROW_PX - 5}"/>'
    return (
        f'<text x="{NAME_PX - 8}" y="{middle}" text-anchor="end">{name}</text>'
        f'<rect class="{kind}" x="{NAME_PX}" y="{top + 3}" width="{end - NAME_PX:.1f}" height="{ROW_PX - 10}" rx="2"/>'
        f'{mark}<text class="value" x="{end + 6:.1f}" y="{middle}">{benchmark.ratio:.2f}</text>'
    )
