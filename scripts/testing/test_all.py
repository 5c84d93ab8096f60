"""Run every suite and print a summary line: 'N passed, N failed'. `make test` runs the setup first.

Suites of one lane run sequentially; lanes run concurrently, because most tests wait for processes, windows and disks.
"""

import argparse
import os
import queue
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.shell_build import SHELL_LOCK
from runtime.app_source import AppSource
from runtime.host.tool_environment import apply_tool_environment
from runtime.project import staged_interpreter
from scripts.project import ROOT, RUN
from scripts.testing import test_server

RESULTS = ROOT / "build" / "test-results"
INTERPRETER = [str(staged_interpreter(ROOT)), "-I", "-B", "-X", "utf8"]
WITH_DEV_TOOLS = [*INTERPRETER, RUN, "scripts.setup.with_dev_tools"]
RUN_MODULE = [*WITH_DEV_TOOLS, "-m"]
ZIZMOR = str(ROOT / "build" / "dev-site-packages" / "bin" / "zizmor")
"""Security linter for GitHub workflows."""

BUN = [sys.executable, RUN, "scripts.setup.bun"]
CARGO = [sys.executable, RUN, "scripts.setup.cargo"]

LOW_PRIORITY = ["nice", "-n", "5"] if os.name == "posix" else []
"""Command prefix of a suite that must not slow down the window lane, the longest one. With the lowest priority (19), other
programs that use every core would stop the suite almost completely."""

SHELL_LOCKED = ["flock", str(SHELL_LOCK)] if sys.platform == "linux" else []
"""Command prefix of a suite that must not run while a window test builds the shell (on Linux only)."""

# On other systems tests are skipped for missing tools, which lowers coverage.
COVERAGE = ["--cov=python-backend/app", "--cov=python-backend/backend_host"] if sys.platform == "linux" else []

SEPARATE = ("guides", "hot_patch", "installed", "signing")
"""Folders of scripts/tests with separate suites: they require a window, a clean system or trees of other systems."""

Counts = tuple[int, int, int]
"""Passed, failed, skipped."""


@dataclass(frozen=True)
class Suite:
    """A test command, its working directory, and how its tests are counted. Default: one check."""

    name: str
    command: list[str]
    folder: Path = ROOT
    count: Callable[[str], Counts] | None = None
    lane: str = "checks"
    """Suites of one lane run sequentially."""


@dataclass
class SuiteRun:
    """A queued or running suite: its output lines, terminated by None, and its result."""

    suite: Suite
    lines: "queue.SimpleQueue[str | None]" = field(default_factory=queue.SimpleQueue)
    counts: Counts = (0, 1, 0)
    cpu_s: float = 0.0
    """CPU time of the command and its child processes; 0 on Windows."""

    def output(self) -> Iterator[str]:
        """Yield lines until the suite ends."""
        return iter(self.lines.get, None)


def read_test_cases(report: Path) -> list[ET.Element]:
    """The test cases of a JUnit report. Raises OSError, ParseError."""
    return list(ET.parse(report).iter("testcase"))  # noqa: S314 (a file of the project)


def junit_counts(*reports: Path) -> Callable[[str], Counts]:
    """A function that sums the counts of JUnit reports."""

    def count(_output: str) -> Counts:
        cases = [case for report in reports for case in read_test_cases(report)]
        failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
        skipped = sum(case.find("skipped") is not None for case in cases)
        return len(cases) - failed - skipped, failed, skipped

    return count


def cargo_counts(output: str) -> Counts:
    """Sum of the `test result:` lines in cargo's output."""
    lines = re.findall(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", output, re.MULTILINE)
    passed, failed, ignored = (sum(int(line[column]) for line in lines) for column in range(3))
    return passed, failed, ignored


def xdist_options(number: int) -> list[str]:
    """pytest-xdist options for `number` worker processes, started with the interpreter's flags.

    Tests with the same mark `xdist_group("name")` run in one process. xdist runs only one of several tests with the same
    node id, such as the backend's generated requests: those suites have no workers.
    """
    if number < 2:
        return []
    return ["--dist=loadgroup", f"--tx={number}*popen//python={shlex.join(WITH_DEV_TOOLS)}"]


def pytest_suite(name: str, *options: str, workers: int = 1, lane: str = "checks") -> Suite:
    """A pytest suite. `options` are pytest's options and the test folders."""
    report = RESULTS / f"{name}.xml"
    command = [*RUN_MODULE, "pytest", "-q", "-rs", f"--junit-xml={report}", *xdist_options(workers), *options]
    return Suite(f"pytest: {name}", command, ROOT, junit_counts(report), lane)


def server_suite(report: Path, lane: str = "server") -> Suite:
    """The suite with that report, on a temporary PostgreSQL server."""
    options = [f"--junit-xml={report}", test_server.SUITES[report]]
    command = [*INTERPRETER, RUN, "scripts.testing.test_server", *options]
    return Suite(f"pytest: {report.stem}", command, ROOT, junit_counts(report), lane)


def suites(workers: int | None = None) -> list[Suite]:
    """All suites in output order. `workers` is the number of e2e worker processes."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    vitest = RESULTS / "vitest.xml"
    feature = ["--features", "custom-protocol,hot-reload"]
    workspace = ["--workspace", "--all-targets", *feature]
    proof = ["proof"] if (ROOT / "proof").is_dir() else []  # `make rename` may have deleted it
    python_folders = ["python-backend", "runtime", "scripts", "harness", "e2e", *proof]
    on_server = [
        server_suite(test_server.BACKEND),
        server_suite(test_server.SERVER),
        server_suite(test_server.WINDOW, lane="window"),
    ]
    # In the lane of e2e, because both build the shell in one folder.
    installed = pytest_suite("installed", "scripts/tests/installed/test_short_form.py", lane="window")
    return [
        Suite("ruff", [*RUN_MODULE, "ruff", "check", "--no-cache", *python_folders]),
        Suite("ruff format", [*RUN_MODULE, "ruff", "format", "--check", "--no-cache", *python_folders]),
        Suite("spelling", [*RUN_MODULE, "codespell_lib", "."]),
        Suite("vocabulary", [*RUN_MODULE, "scripts.testing.vocabulary"]),
        Suite(
            "mypy",
            [
                *RUN_MODULE,
                "mypy",
                "--python-executable",
                str(ROOT / "scripts" / "setup" / "dev-python"),
                "--cache-dir",
                "build/mypy",
                "python-backend/app",
                "python-backend/backend_host",
                "runtime",
                "scripts",
                "harness",
                *proof,
                "python-backend/tests",
                "python-backend/server_tests",
                "e2e",
            ],
        ),
        Suite("biome", [*BUN, "run", "lint"]),
        Suite("typecheck", [*BUN, "run", "typecheck"]),
        Suite(
            "vitest",
            [*BUN, "run", "test", "--reporter=default", "--reporter=junit", f"--outputFile.junit={vitest}"],
            ROOT,
            junit_counts(vitest),
        ),
        pytest_suite("runtime", "runtime/tests"),
        pytest_suite("scripts", *(f"--ignore=scripts/tests/{name}" for name in SEPARATE), "scripts/tests"),
        *([pytest_suite("proof", "-m=not slow", "proof/tests")] if proof else []),
        Suite("workflows", [ZIZMOR, "--offline", "--no-progress", ".github"]),
        pytest_suite("backend", *COVERAGE, "python-backend/tests", lane="backend"),
        *(on_server[:2] if sys.platform == "linux" else []),
        Suite("cargo fmt", [*CARGO, "fmt", "--all", "--check"], lane="rust"),
        # A separate target folder, because cargo locks it, and the window tests build the shell in the other one.
        Suite(
            "clippy",
            [*LOW_PRIORITY, *CARGO, "clippy", "--target-dir=target/clippy", *workspace, "--", "-D", "warnings"],
            lane="rust",
        ),
        # Locked, because it builds the shell as well, perhaps between the build and the link of another one by a window test.
        Suite("cargo test", [*SHELL_LOCKED, *CARGO, "test", "--workspace", *feature], ROOT, cargo_counts, lane="rust"),
        # Otherwise a window test would build the shell, or wait for `cargo test` to do so, and exceed its timeout.
        Suite("cargo build tests", [*CARGO, "build", *workspace], lane="window"),
        Suite("cargo build", [*CARGO, "build", *feature], lane="window"),
        # Not included: tests of release installers (`make test-installed`), of signing (`make test-signing`) and slow tests
        # (`make test-slow`).
        pytest_suite(
            "e2e",
            "-m=not slow",
            "--ignore=e2e/server_mode",
            "e2e",
            "scripts/tests/hot_patch",
            workers=workers or min(cores, 8) + 1,
            lane="window",
        ),
        *([*on_server[2:], installed] if sys.platform == "linux" else []),
    ]


def run(suite: Suite) -> Counts:
    """Run one suite and print its output. Returns its counts."""
    return run_all([suite])[suite.name]


def run_all(selected: Sequence[Suite]) -> dict[str, Counts]:
    """Run suites, lanes concurrently. Prints output suite by suite in the given order, and live for the first unfinished
    suite. After an interrupt no further suite starts; KeyboardInterrupt is raised when the running suites have ended.
    """
    suites = [SuiteRun(suite) for suite in selected]
    stop_event = threading.Event()

    def run_lane(lane: str) -> None:
        for suite_run in suites:
            if suite_run.suite.lane == lane and not stop_event.is_set():
                _run(suite_run)

    lanes = [threading.Thread(target=run_lane, args=(lane,)) for lane in {suite.lane for suite in selected}]
    for thread in lanes:
        thread.start()
    try:
        for suite_run in suites:
            print(f"\n=== {suite_run.suite.name}", flush=True)
            for line in suite_run.output():
                print(line, end="", flush=True)
    finally:
        stop_event.set()
        for thread in lanes:
            thread.join()
    return {suite_run.suite.name: suite_run.counts for suite_run in suites}


def _run(suite_run: SuiteRun) -> None:
    """Run one suite. A command that fails without a failed test, or does not start, counts as one failure."""
    suite, began = suite_run.suite, time.monotonic()
    try:
        suite_run.counts = _count(suite, *_execute(suite_run))
    except OSError as error:
        suite_run.lines.put(f"{error}\n")
    finally:
        duration_s = time.monotonic() - began
        result = "failed" if suite_run.counts[1] else "ok"
        suite_run.lines.put(f"--- {suite.name}: {result} in {duration_s:.1f} s (CPU {suite_run.cpu_s:.1f} s)\n")
        suite_run.lines.put(None)


def _execute(suite_run: SuiteRun) -> tuple[int, str]:
    """The exit status and the complete output. Raises OSError."""
    output = []
    with subprocess.Popen(
        suite_run.suite.command,
        cwd=suite_run.suite.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout
        for line in process.stdout:
            suite_run.lines.put(line)
            output.append(line)
        if sys.platform != "win32":
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            suite_run.cpu_s = usage.ru_utime + usage.ru_stime
    return process.returncode, "".join(output)


def _count(suite: Suite, status: int, output: str) -> Counts:
    if suite.count is None:
        return int(status == 0), int(status != 0), 0
    try:
        counts = suite.count(output)
    except (OSError, ET.ParseError):
        counts = (0, 0, 0)
    if (status or counts == (0, 0, 0)) and not counts[1]:
        return counts[0], 1, counts[2]
    return counts


def report(results: dict[str, Counts]) -> int:
    """Print a line for each suite and the totals. Returns the exit status."""
    passed, failed, skipped = (sum(counts[column] for counts in results.values()) for column in range(3))
    if lines := slowest_tests():
        print("\nSlowest tests:", *lines, sep="\n")
    print()
    for name, counts in results.items():
        print(f"{'FAILED' if counts[1] else 'ok':>7}  {name}: {counts[0]} passed, {counts[1]} failed")
    if lines := failed_tests():
        print("\nFailed tests:", *lines, "", sep="\n")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return int(failed > 0 or not passed)


def reported_cases() -> Iterator[ET.Element]:
    """The test cases of all readable JUnit reports of this run."""
    for report in sorted(RESULTS.glob("*.xml")):
        with suppress(OSError, ET.ParseError):
            yield from read_test_cases(report)


def failed_tests(number: int = 10) -> list[str]:
    """The name and the last lines of the error of each failed test of this run, for at most `number` tests.

    The summary repeats them because CI logs are long and often shortened in the middle.
    """
    failures = [
        [case_name(case), *(f"    {line[:200]}" for line in error_lines(problem))]
        for case in reported_cases()
        for problem in (*case.findall("failure"), *case.findall("error"))
    ]
    return [line for lines in failures[:number] for line in lines]


def error_lines(problem: ET.Element, number: int = 12) -> list[str]:
    """The last lines of a failure in a JUnit report. For a pytest failure: only lines that pytest marks as the error or its location."""
    lines = (problem.text or problem.get("message") or "").splitlines()
    marked = [line for line in lines if re.match(r"E |>|\S.*\.py:\d+: ", line)]
    return (marked or lines)[-number:]


def case_name(case: ET.Element) -> str:
    """The test's module and name."""
    return f"{case.get('classname', '')}::{case.get('name', '')}"


def slowest_tests(number: int = 10) -> list[str]:
    """A line for each of the slowest tests of this run."""
    durations = [(float(case.get("time", 0)), case_name(case)) for case in reported_cases()]
    return [f"{seconds:7.1f} s  {name}" for seconds, name in sorted(durations, reverse=True)[:number]]


def compile_backend() -> None:
    """Write bytecode of the backend's packages, which hundreds of test processes import and, started with -B, do not write.

    Python compares its hash with the source at import, so an edit during the run is not missed. Errors are ignored: the suites
    report a syntax error or a missing interpreter.
    """
    source = AppSource.read(ROOT)
    command = [*INTERPRETER, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    with suppress(OSError):
        subprocess.run([*command, *(str(source.folder / name) for name in source.packages)], check=False)


def reset_ignored_signals() -> None:
    """Reset ignored SIGINT and SIGHUP for child processes, which otherwise inherit this under nohup or in the background."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # exec resets handlers to the default


def main() -> int:
    """Run all suites, or those whose names contain a word of the command line. Exits with 2 if a word matches no suite."""
    names = "\n".join(f"  {suite.name}" for suite in suites())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"The suites:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="run only suites whose names contain it")
    parser.add_argument("--workers", type=int, help="number of worker processes of e2e (default: cores + 1, at most 9)")
    options = parser.parse_args()
    words, all_suites = options.words, suites(options.workers)
    if unknown := [word for word in words if not any(word in suite.name for suite in all_suites)]:
        parser.error(f"no suite's name contains {', '.join(map(repr, unknown))}. The suites:\n{names}")
    reset_ignored_signals()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for old in RESULTS.glob("*.xml"):
        old.unlink()
    selected = [suite for suite in all_suites if not words or any(word in suite.name for word in words)]
    if any(suite.name.startswith("pytest") for suite in selected):
        compile_backend()
    began = time.monotonic()
    results = run_all(selected)
    times = os.times()
    cpu_s = times.children_user + times.children_system
    print(f"\n{time.monotonic() - began:.0f} s, {cpu_s:.0f} s of CPU time")
    return report(results)


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
