"""Run the benchmarks, print them, and write docs/benchmarks.md: `make bench`.

python3 -m proof.bench [--quick] [--times N]     --quick measures fewer times, without cold cache, and writes no file.
"""

import argparse
import os
import sys

from proof.bench import large, report, sizes, startup, throughput, window
from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure fewer times and no cold cache; write no file")
    parser.add_argument("--times", type=int, default=15, help="number of runs of each measurement (default: 15)")
    options = parser.parse_args()
    times = 2 if options.quick else options.times
    benchmarks = startup.measure(times, cold=not options.quick, with_frozen=not options.quick)
    benchmarks += throughput.measure(times, requests=10 if options.quick else 60)
    benchmarks += large.measure(times, items=1_000 if options.quick else 100_000)
    benchmarks += window.measure(max(1, times // 2))
    benchmarks += sizes.measure(level=1 if options.quick else 19)
    print(report.markdown(benchmarks))
    if not options.quick:
        load = f"{os.getloadavg()[1]:.1f}" if hasattr(os, "getloadavg") else "unknown"
        note = (
            f"Medians of {times} (cold cache and window: {times // 2}), interleaved; load average at the end: {load}."
        )
        report.write(benchmarks, ROOT / "docs", note)
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
