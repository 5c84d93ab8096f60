"""Run the backend's tests on Windows' Python and the supervisor's tests as Windows programs, under Wine: `make test-windows`.

python3 -m scripts.platforms.test_windows [WORD ...] [-- PYTEST ARGUMENT ...]     WORD: backend, supervisor; default: both

The checkout is mounted at a path with a space and non-ASCII letters, read-only except build/. The mounts require root.

Exit status: 0 all passed, 1 a test failed, 2 a prerequisite is missing (printed in one line).
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from runtime.errors import RuntimeStagingError
from runtime.host.tool_environment import apply_tool_environment
from runtime.targets import interpreter
from scripts.platforms import windows_tree, wine_root
from scripts.platforms.prerequisites import PrerequisiteMissingError
from scripts.platforms.skipped import SKIP_FILE, skip_reasons
from scripts.platforms.windows_tree import RUST_TARGET, TARGET, WindowsBuild
from scripts.platforms.wine_root import Mount
from scripts.project import ROOT
from scripts.testing import test_all

BUILD = WindowsBuild(ROOT / "build" / "windows")
CHECKOUT = "/a checkout ü"
CARGO = "/cargo"
TREE = f"{CHECKOUT}/build/runtime/{TARGET}"
PYTHON = f"build/runtime/{TARGET}/{interpreter(TARGET)}"
REPORT = "build/test-results/backend.xml"


def wine(root: Path, *command: str, variables: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Command line that runs a Windows program under Wine, in the checkout. The output must be a pipe: Python under Wine cannot
    write to a file."""
    mounts = [
        Mount(ROOT, CHECKOUT),
        Mount(BUILD.checkout_build, f"{CHECKOUT}/build", writable=True),
        Mount(BUILD.tree, TREE),
        Mount(BUILD.cargo_target, CARGO, writable=True),
    ]
    assignments = [f"{name}={value}" for name, value in variables.items()]
    return [*wine_root.command_prefix(root, mounts, CHECKOUT), "env", *assignments, "wine", *command]


def backend(root: Path, arguments: list[str]) -> test_all.Suite:
    """python-backend/tests on the staged tree."""
    results = ROOT / "build" / "windows" / REPORT
    results.parent.mkdir(parents=True, exist_ok=True)
    results.unlink(missing_ok=True)
    python = [PYTHON, "-I", "-B", "-u", "-X", "utf8", "scripts/run.py", "scripts.setup.with_dev_tools"]
    # On Windows a timeout ends the entire run, and processes start slowly under Wine.
    options = ["-v", "-o", "timeout=1200", f"--junit-xml={REPORT}"]
    tests = ["-m", "scripts.platforms.pytest_under_wine", *options, "python-backend/tests"]
    return test_all.Suite(
        "backend under Wine", wine(root, *python, *tests, *arguments), count=test_all.junit_counts(results)
    )


def supervisor(root: Path) -> list[test_all.Suite]:
    """The supervisor's test programs, built for Windows."""
    programs = windows_tree.build_supervisor_tests(BUILD)
    return [cargo_tests(root, name, program) for name, program in programs.items()]


def cargo_tests(root: Path, name: str, program: Path) -> test_all.Suite:
    """The suite of one test program. Only `supervisor`, which uses the fake backend, may have skipped tests."""
    reasons = skip_reasons(name) if name == "supervisor" else {}
    skips = [part for test in reasons for part in ("--skip", test)]
    libraries = f"Z:{CARGO}/{RUST_TARGET}/debug".replace(
        "/", "\\"
    )  # contains WebView2Loader.dll, which the shell is linked to
    variables = {"WINEPATH": libraries, "APP_RUNTIME_DIR": f"build/runtime/{TARGET}"}
    command = wine(root, f"{CARGO}/{program}", "--test-threads", "4", "--exact", *skips, variables=variables)

    def count(output: str) -> test_all.Counts:
        passed, failed, ignored = test_all.cargo_counts(output)
        filtered = sum(map(int, re.findall(r"(\d+) filtered out", output)))
        for test, reason in reasons.items():
            print(f"skipped: {test} ({reason})")
        if filtered != len(reasons):
            print(f"{SKIP_FILE.name} lists tests that do not exist: {len(reasons)} are listed, {filtered} were skipped")
            failed += 1
        return passed, failed, ignored + filtered

    return test_all.Suite(f"{name} under Wine", command, count=count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="backend or supervisor: run only these tests")
    parser.add_argument("--check", action="store_true", help="only check the prerequisites")
    arguments, pytest_arguments = sys.argv[1:], []
    if "--" in arguments:
        separator = arguments.index("--")
        arguments, pytest_arguments = arguments[:separator], arguments[separator + 1 :]
    options = parser.parse_args(arguments)
    words = options.words or ["backend", "supervisor"]
    if unknown := set(words) - {"backend", "supervisor"}:
        parser.error(f"not a suite: {', '.join(sorted(unknown))}. The suites: backend, supervisor")
    try:
        wine_root.check_prerequisites()
        if "supervisor" in words:
            windows_tree.check_prerequisites()
        if options.check:
            return 0
        with single_run_lock(BUILD.folder / "lock"):
            return test_all.report({suite.name: test_all.run(suite) for suite in prepare(words, pytest_arguments)})
    except PrerequisiteMissingError as error:
        print(f"test-windows: {error}", file=sys.stderr)
        return 2
    except (RuntimeStagingError, subprocess.CalledProcessError) as error:
        print(f"test-windows: {error}", file=sys.stderr)
        return 1


def prepare(words: list[str], pytest_arguments: list[str]) -> list[test_all.Suite]:
    """Create the root, stage the tree and build the test programs of the selected suites. Raises PrerequisiteMissingError,
    CalledProcessError, RuntimeStagingError."""
    root = wine_root.wine_root(BUILD.folder / "root")
    windows_tree.stage(BUILD)
    for folder in (BUILD.checkout_build / "runtime" / TARGET, BUILD.cargo_target):  # mount points
        folder.mkdir(parents=True, exist_ok=True)
    suites = []
    if "backend" in words:
        suites.append(backend(root, pytest_arguments))
    if "supervisor" in words:
        suites += supervisor(root)
    return suites


@contextmanager
def single_run_lock(lock: Path) -> Iterator[None]:
    """Lock the file `lock`: two Wine servers would overwrite each other's registry. Raises PrerequisiteMissingError if it is locked."""
    import fcntl

    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PrerequisiteMissingError("Another run of this checkout is active. Wait until it exits.") from None
        yield


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
