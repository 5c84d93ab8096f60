"""Writes the benchmarks to docs/benchmarks.md (between two marks), docs/benchmarks.json and docs/benchmarks.svg."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from proof.bench.chart import chart_svg
from proof.bench.measure import Benchmark
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


def markdown(benchmarks: Sequence[Benchmark]) -> str:
    """The benchmarks as a Markdown table."""
    rows = [
        "| benchmark | compared with | app | baseline | app / baseline | target | target met |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for benchmark in benchmarks:
        ratio = "" if benchmark.ratio is None else _format_ratio(benchmark.ratio)
        target = "" if benchmark.target is None else _format_target(benchmark.target, benchmark.higher_is_better)
        verdict = {None: "", True: "yes", False: "**no**"}[benchmark.meets_target]
        baseline_value = "" if benchmark.baseline_value is None else _short(benchmark.baseline_value)
        cells = (f"{benchmark.name} ({benchmark.unit})", benchmark.baseline, _short(benchmark.value), baseline_value)
        rows.append(f"| {' | '.join((*cells, ratio, target, verdict))} |")
    return "\n".join(rows)


def _format_ratio(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def _format_target(target: float, higher_is_better: bool) -> str:
    return f"{'≥' if higher_is_better else '≤'} {target:.2f}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write(benchmarks: Sequence[Benchmark], docs: Path, note: str) -> None:
    """Write the table, the chart and the JSON file. Raises ValueError if docs/benchmarks.md lacks the marks."""
    page = docs / "benchmarks.md"
    head, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no {BEGIN} … {END}")
    text = f"{machine()}. {note}"
    rows = [asdict(benchmark) | {"ratio": benchmark.ratio} for benchmark in benchmarks]
    data = {"machine": machine(), "note": note, "benchmarks": rows}
    write_atomically(docs / "benchmarks.svg", chart_svg(benchmarks))
    write_atomically(docs / "benchmarks.json", json.dumps(data, indent=2) + "\n")
    write_atomically(page, f"{head}{BEGIN}\n{text}\n\n{markdown(benchmarks)}\n{END}{tail}")
