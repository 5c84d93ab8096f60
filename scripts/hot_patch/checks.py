"""Lint and type checks of saved files, reported in the terminal and in the window. Pushes do not wait for them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

from runtime.integrity.self_check import CONTRACT_FLAGS
from scripts.hot_patch.app import App
from scripts.hot_patch.patch import SOURCE
from scripts.project import ROOT, RUN

MAX_LINES = 12
TOOLS = ROOT / "build" / "dev-site-packages"
RUFF = TOOLS / "bin" / f"ruff{'.exe' * (sys.platform == 'win32')}"
MYPY = TOOLS / "mypy"
# A check must not slow the next push down.
_LOW_PRIORITY = [] if sys.platform == "win32" else ["nice", "-n", "10"]

Command = Callable[[list[Path]], list[str]]


def ruff_command(files: list[Path]) -> list[str]:
    """The Ruff command for the saved files. Without files, it checks the empty stdin, which has no problems."""
    return [
        str(RUFF),
        "check",
        "--quiet",
        "--no-cache",
        "--output-format",
        "concise",
        *(map(str, files) if files else "-"),
    ]


def mypy_command(_files: list[Path]) -> list[str]:
    """The mypy command for the entire backend, because an edit can break callers. mypy runs incrementally."""
    dev_tools = [sys.executable, *CONTRACT_FLAGS, RUN, "scripts.setup.with_dev_tools"]
    packages = [(SOURCE.folder / name).relative_to(ROOT).as_posix() for name in SOURCE.packages]
    options = ["--python-executable", str(ROOT / "scripts" / "setup" / "dev-python"), "--cache-dir", "build/mypy"]
    return [*dev_tools, "-m", "mypy", *options, "--no-error-summary", "--no-pretty", *packages]


class Check:
    """Runs one tool in a thread. Saves during a run are coalesced."""

    def __init__(self, name: str, tool: Path, command: Command, app: App, log: Callable[[str], None]) -> None:
        self.name = name
        """Also the note's name in the window."""
        self.tool = tool
        self.command = command
        self.app = app
        self.log = log
        self._files: list[Path] = []
        self._saved = Event()
        self._problems: list[str] = []
        self._tool_is_missing = False

    def schedule(self, files: list[Path]) -> None:
        """Schedule a check. `files` are all files changed since the watch began, so that a problem is reported until it is fixed."""
        if files or self._files:  # an undone edit may clear problems
            self._files = files
            self._saved.set()

    def run(self, stop_event: Event) -> None:
        """Run scheduled checks until `stop_event` is set."""
        while not stop_event.is_set():
            if self._saved.wait(1):
                self._saved.clear()
                self.check(self._files)

    def check(self, files: list[Path]) -> None:
        """Run the tool, and report its problems if they have changed."""
        if not self.tool.exists():
            if not self._tool_is_missing:
                self.log(
                    f"{self.name}: not checked, {self.tool.stem} is missing. Add it to requirements-dev.lock, then run python3 -m runtime dev-tools."
                )
            self._tool_is_missing = True
            return
        ran = subprocess.run(
            [*_LOW_PRIORITY, *self.command(files)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        problems = [line.replace(f"{ROOT}/", "") for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
        if ran.returncode == 0:
            problems = []
        if problems == self._problems:
            return
        self._problems = problems
        self.log(self.describe(problems))
        text = "\n".join(problems)
        self.app.notify("note", name=self.name, title=self.title(problems) if problems else None, text=text)

    def title(self, problems: list[str]) -> str:
        """The number of problems, as a title."""
        return f"{self.name}: {len(problems)} problem{'s' * (len(problems) != 1)}"

    def describe(self, problems: list[str]) -> str:
        """At most MAX_LINES problems, for the terminal."""
        if not problems:
            return f"{self.name}: no problems"
        more = len(problems) - MAX_LINES
        return "\n".join([self.title(problems), *problems[:MAX_LINES], *([f"and {more} more"] if more > 0 else [])])
