"""Run every suite, one after the other, and close on one line: 'N passed, N failed'. `make test` does the set-up first."""

import argparse
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.host.tool_environment import adopt  # noqa: E402
from runtime.project import staged_interpreter  # noqa: E402
from scripts import test_server  # noqa: E402

RESULTS = ROOT / "build" / "test-results"
INTERPRETER = [str(staged_interpreter(ROOT)), "-I", "-B", "-X", "utf8"]
BUNDLED = [*INTERPRETER, str(ROOT / "scripts" / "with_dev_tools.py"), "-m"]
ZIZMOR = str(ROOT / "build" / "dev-site-packages" / "bin" / "zizmor")
"""Finds what can be abused in workflows."""

BUN = [sys.executable, str(ROOT / "scripts" / "bun.py")]
CARGO = [sys.executable, str(ROOT / "scripts" / "cargo.py")]

# Elsewhere some tests are skipped, for want of what they need, and with them what they cover.
COVERAGE = ["--cov=python-backend/app", "--cov=python-backend/backend_host"] if sys.platform == "linux" else []

Counts = tuple[int, int, int]
"""Passed, failed, skipped."""


@dataclass(frozen=True)
class Suite:
    """One command, where it runs, and how its tests are counted: by default it is one check."""

    name: str
    command: list[str]
    folder: Path = ROOT
    count: Callable[[str], Counts] | None = None


def cases_of(report: Path) -> list[ET.Element]:
    """The tests of a JUnit report, as pytest and Vitest write it. Raises OSError, ParseError."""
    return list(ET.parse(report).iter("testcase"))  # noqa: S314 (our own file)


def junit(*reports: Path) -> Callable[[str], Counts]:
    """Counts of JUnit reports."""

    def count(_output: str) -> Counts:
        cases = [case for report in reports for case in cases_of(report)]
        failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
        skipped = sum(case.find("skipped") is not None for case in cases)
        return len(cases) - failed - skipped, failed, skipped

    return count


def cargo(output: str) -> Counts:
    """Counts of all `test result:` lines that cargo printed."""
    lines = re.findall(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", output, re.MULTILINE)
    passed, failed, ignored = (sum(int(line[column]) for line in lines) for column in range(3))
    return passed, failed, ignored


def pytest(name: str, *paths: str) -> Suite:
    report = RESULTS / f"{name}.xml"
    return Suite(
        f"pytest: {name}", [*BUNDLED, "pytest", "-q", "-rs", f"--junit-xml={report}", *paths], ROOT, junit(report)
    )


def suites() -> list[Suite]:
    vitest = RESULTS / "vitest.xml"
    feature = ["--features", "custom-protocol"]
    # Starts a PostgreSQL of its own, as Debian's programs do.
    server_mode = [*INTERPRETER, str(ROOT / "scripts" / "test_server.py")]
    server = Suite("pytest: server", server_mode, ROOT, junit(*test_server.SUITES))
    python_rooms = ["python-backend", "runtime", "scripts", "e2e"]
    return [
        Suite("ruff", [*BUNDLED, "ruff", "check", "--no-cache", *python_rooms]),
        Suite("ruff format", [*BUNDLED, "ruff", "format", "--check", "--no-cache", *python_rooms]),
        Suite(
            "mypy",
            [
                *BUNDLED,
                "mypy",
                "--python-executable",
                str(ROOT / "scripts" / "dev-python"),
                "--cache-dir",
                "build/mypy",
                "python-backend/app",
                "python-backend/backend_host",
                "runtime",
                "scripts",
                "python-backend/tests",
                "python-backend/server_tests",
                "e2e",
            ],
        ),
        pytest("backend", *COVERAGE, "python-backend/tests"),
        pytest("runtime", "runtime/tests"),
        pytest("project", "scripts/tests"),
        Suite("biome", [*BUN, "run", "lint"]),
        Suite("typecheck", [*BUN, "run", "typecheck"]),
        Suite(
            "vitest",
            [*BUN, "run", "test", "--reporter=default", "--reporter=junit", f"--outputFile.junit={vitest}"],
            ROOT,
            junit(vitest),
        ),
        Suite("cargo fmt", [*CARGO, "fmt", "--all", "--check"]),
        Suite("clippy", [*CARGO, "clippy", "--workspace", "--all-targets", *feature, "--", "-D", "warnings"]),
        Suite("cargo test", [*CARGO, "test", "--workspace", *feature], ROOT, cargo),
        # The installers take a release build: `make test-installed`. Signing takes trees and tools: `make test-signing`.
        pytest("e2e", "--ignore=e2e/installed", "--ignore=e2e/server_mode", "--ignore=e2e/signing", "e2e"),
        *([pytest("installed", "e2e/installed/test_short_form.py"), server] if sys.platform == "linux" else []),
        Suite("workflows", [ZIZMOR, "--offline", "--no-progress", ".github"]),
    ]


def run(suite: Suite) -> Counts:
    """Run one suite with its output shown, and count. A command that fails without a failed test counts as one failure."""
    print(f"\n=== {suite.name}", flush=True)
    began = time.monotonic()
    output = []
    with subprocess.Popen(
        suite.command,
        cwd=suite.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            output.append(line)
    if suite.count is None:
        counts = (int(process.returncode == 0), int(process.returncode != 0), 0)
    else:
        try:
            counts = suite.count("".join(output))
        except (OSError, ET.ParseError):
            counts = (0, 0, 0)
        if (process.returncode or counts == (0, 0, 0)) and not counts[1]:
            counts = (counts[0], 1, counts[2])
    print(f"--- {suite.name}: {'failed' if counts[1] else 'ok'} in {time.monotonic() - began:.1f} s", flush=True)
    return counts


def report(results: dict[str, Counts]) -> int:
    """Print a line for each suite and the sums, and return the exit status."""
    passed, failed, skipped = (sum(counts[column] for counts in results.values()) for column in range(3))
    if lines := slowest():
        print("\nSlowest tests:", *lines, sep="\n")
    print()
    for name, counts in results.items():
        print(f"{'FAILED' if counts[1] else 'ok':>7}  {name}: {counts[0]} passed, {counts[1]} failed")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return int(failed > 0 or not passed)


def slowest(number: int = 10) -> list[str]:
    """The tests that took longest in this run, a line each."""
    took: list[tuple[float, str]] = []
    for report in RESULTS.glob("*.xml"):
        with suppress(OSError, ET.ParseError):
            took += [
                (float(case.get("time", 0)), f"{case.get('classname', '')}::{case.get('name', '')}")
                for case in cases_of(report)
            ]
    return [f"{seconds:7.1f} s  {name}" for seconds, name in sorted(took, reverse=True)[:number]]


def heed_signals() -> None:
    """Whoever runs this under nohup or in a script's background ignores these, and so would all that tests start and send them to."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # what is executed gets the default in place of a function


def main() -> int:
    """All suites, or those whose name holds a word of the command line. A word that no suite holds is an error (2)."""
    listed = suites()
    names = "\n".join(f"  {suite.name}" for suite in listed)
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"The suites:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="a part of a suite's name: only these run, not all")
    words = parser.parse_args().words
    if unknown := [word for word in words if not any(word in suite.name for suite in listed)]:
        parser.error(f"no suite's name holds {', '.join(map(repr, unknown))}. The suites:\n{names}")
    heed_signals()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for old in RESULTS.glob("*.xml"):
        old.unlink()
    chosen = [suite for suite in listed if not words or any(word in suite.name for word in words)]
    return report({suite.name: run(suite) for suite in chosen})


if __name__ == "__main__":
    adopt()
    sys.exit(main())
