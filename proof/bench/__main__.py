"""Measure, print, and write docs/benchmarks.md: `make bench`.

python3 -m proof.bench [--quick] [--times N]     --quick reads each thing a few times and writes nothing.
"""

import argparse
import os
import sys

from proof.bench import large, report, sizes, startup, throughput, window
from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few readings, nothing written")
    parser.add_argument("--times", type=int, default=15, help="readings of each thing (default: 15)")
    asked = parser.parse_args()
    times = 2 if asked.quick else asked.times
    lines = startup.measure(times, cold=not asked.quick, with_frozen=not asked.quick)
    lines += throughput.measure(times, requests=10 if asked.quick else 60)
    lines += large.measure(times, items=1_000 if asked.quick else 100_000)
    lines += window.measure(max(1, times // 2))
    lines += sizes.measure(level=1 if asked.quick else 19)
    print(report.markdown(lines))
    if not asked.quick:
        load = f"{os.getloadavg()[1]:.1f}" if hasattr(os, "getloadavg") else "unknown"
        note = f"Medians of {times} (cold cache and window: {times // 2}), taken in turns; load of the machine at the end: {load}."
        report.write(lines, ROOT / "docs", note)
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
