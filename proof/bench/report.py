"""Writes measurements to docs/benchmarks.md, between two marks, and to docs/benchmarks.json."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from proof.bench.measure import Line
from proof.bench.picture import picture
from runtime.build.atomic import write_atomically

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def machine() -> str:
    """Short description of the machine."""
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        processor = next(line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores of {processor}, {platform.system()} {platform.machine()}"


def markdown(lines: Sequence[Line]) -> str:
    """The table, with ratios for lines that have an alternative."""
    rows = ["| what | against | ours | theirs | ours / theirs | target | |", "|---|---|---:|---:|---:|---:|---|"]
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}" if line.ratio >= 0.1 else f"{line.ratio:.2g}"
        target = "" if line.target is None else f"{'≥' if line.more_is_better else '≤'} {line.target:.2f}"
        verdict = {None: "", True: "reached", False: "**not reached**"}[line.reached]
        values = f"{_short(line.ours)} | {'' if line.theirs is None else _short(line.theirs)}"
        rows.append(f"| {line.what} ({line.unit}) | {line.against} | {values} | {ratio} | {target} | {verdict} |")
    return "\n".join(rows)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write(lines: Sequence[Line], docs: Path, note: str) -> None:
    """Write the table between the marks, the chart and the JSON file.

    Raises ValueError for a page without the marks.
    """
    page = docs / "benchmarks.md"
    head, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no {BEGIN} … {END}")
    text = f"{machine()}. {note}"
    data = {"machine": machine(), "note": note, "lines": [asdict(line) | {"ratio": line.ratio} for line in lines]}
    write_atomically(docs / "benchmarks.svg", picture(lines))
    write_atomically(docs / "benchmarks.json", json.dumps(data, indent=2) + "\n")
    write_atomically(page, f"{head}{BEGIN}\n{text}\n\n{markdown(lines)}\n{END}{tail}")
