"""Run the backend tests affected by each saved file: `make test-watch`. Run on the bundled interpreter; arguments go to pytest.

A save selects the test files that import the changed module or are named after it; if there are none, those of its importers.
Test files with a failed test are run again at each save, until they pass.
"""

import ast
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment
from runtime.integrity.self_check import CONTRACT_FLAGS
from scripts.hot_patch.errors import HotPatchError
from scripts.hot_patch.patch import SOURCE
from scripts.hot_patch.source import Snapshot, Source
from scripts.project import ROOT, RUN

POLL_S = 0.1
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?\.py)(?: |::|$)", re.MULTILINE)


def log(text: str) -> None:
    print(f"[test-watch] {text}", flush=True)


def module_of(name: str) -> str:
    """`app/core/db.py` as `app.core.db`."""
    return ".".join(name.removesuffix(".py").removesuffix("__init__").strip("/").split("/"))


def imports_of(source: bytes) -> set[str]:
    """Modules that a file may import, also in functions. Empty for a file that cannot be parsed."""
    found: set[str] = set()
    with suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def select_tests(app: Snapshot, tests: Snapshot, changed: set[str]) -> list[str]:
    """The test files affected by the changed files of the app."""
    test_imports = {name: imports_of(text) for name, text in tests.files.items() if _is_test(name)}
    app_imports = {module_of(name): imports_of(text) for name, text in app.files.items() if name.endswith(".py")}
    modules = {module_of(name) for name in changed if name.endswith(".py")}
    named = {
        test
        for module in modules
        for test in test_imports
        if Path(test).name.startswith(f"test_{module.rpartition('.')[2].removesuffix('s')}")
    }
    seen = set(modules)
    while modules:
        if found := named | {test for test, imported in test_imports.items() if imported & modules}:
            return sorted(found)
        modules = {module for module, imported in app_imports.items() if imported & modules} - seen
        seen |= modules
    return []


def _is_test(name: str) -> bool:
    return Path(name).name.startswith("test_") and name.endswith(".py")


def failed_files(output: str) -> list[str]:
    """Test files in pytest's short summary of failures."""
    return list(dict.fromkeys(_FAILED.findall(output)))


class TestRunner:
    """Runs pytest, and repeats the test files that failed."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        self.failed: list[str] = []

    def run(self, files: list[str]) -> None:
        """Run these test files, and those that failed in the previous run and still exist."""
        paths = [f"python-backend/tests/{name}" for name in files]
        again = [path for path in self.failed if path not in paths and (ROOT / path).exists()]
        if not paths and not again:
            return
        log(f"Running {', '.join([*files, *again])}")
        dev_tools = [sys.executable, *CONTRACT_FLAGS, RUN, "scripts.setup.with_dev_tools", "-m", "pytest", "-q", "-rfE"]
        command = [*dev_tools, *paths, *again, *self.arguments]
        output: list[str] = []
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
            assert process.stdout
            for line in process.stdout:
                print(line, end="", flush=True)
                output.append(line)
        self.failed = failed_files("".join(output)) if process.returncode else []
        log(
            "Failed."
            if process.returncode not in {0, 5}
            else "Passed."
            if not process.returncode
            else "No tests match."
        )


def watch(runner: TestRunner) -> None:
    """Watch until Ctrl-C."""
    sources = Source(SOURCE.folder, SOURCE.packages), Source(SOURCE.folder / "tests")
    app, tests = seen = tuple(source.read() for source in sources)
    log("Watching the backend and its tests. A save runs the affected tests.")
    while True:
        time.sleep(POLL_S)
        try:
            now = tuple(source.read() for source in sources)
        except (OSError, HotPatchError):
            continue  # a file is being replaced
        # Two polls must agree, because an editor writes a file in several steps.
        if now != seen or now == (app, tests):
            seen = now
            continue
        changed_app, changed_tests = now[0].changed_from(app), now[1].changed_from(tests)
        app, tests = now
        files = {name for name in changed_tests if _is_test(name)} | set(select_tests(app, tests, set(changed_app)))
        if changed_app and not files:
            log(f"No test file imports {', '.join(changed_app)}, even indirectly. To run all tests: make test-backend")
        runner.run(sorted(files))


def main() -> int:
    try:
        watch(TestRunner(sys.argv[1:]))
    except HotPatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
