"""Lint and type checks of saved files, reported in the terminal and in the window. Pushes do not wait for them."""

import shutil
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
# The next push must not wait for this check.
_IN_THE_BACKGROUND = [] if sys.platform == "win32" else ["nice", "-n", "10"]

Command = Callable[[list[Path]], list[str]]


def lint(files: list[Path]) -> list[str]:
    """The Ruff command for the saved files."""
    ruff = TOOLS / "bin" / f"ruff{'.exe' * (sys.platform == 'win32')}"
    return [str(ruff), "check", "--quiet", "--no-cache", "--output-format", "concise", *map(str, files)]


def types(_files: list[Path]) -> list[str]:
    """The mypy command for the whole backend, because an edit can break its callers. Incremental."""
    dev_tools = [sys.executable, *CONTRACT_FLAGS, RUN, "scripts.setup.with_dev_tools"]
    packages = [(SOURCE.folder / name).relative_to(ROOT).as_posix() for name in SOURCE.packages]
    options = ["--python-executable", str(ROOT / "scripts" / "setup" / "dev-python"), "--cache-dir", "build/mypy"]
    return [*dev_tools, "-m", "mypy", *options, "--no-error-summary", "--no-pretty", *packages]


class Check:
    """Runs one tool in a thread. Saves during a run are coalesced."""

    def __init__(self, name: str, command: Command, app: App, say: Callable[[str], None]) -> None:
        self.name = name
        """Also the note's name in the window."""
        self.command = command
        self.app = app
        self.say = say
        self._files: list[Path] = []
        self._saved = Event()
        self._found: list[str] = []
        self._is_missing = False

    def saved(self, files: list[Path]) -> None:
        """Schedule a check. `files` are all files changed since the watch began, so that a problem is reported until it is fixed."""
        self._files = files
        self._saved.set()

    def run(self, over: Event) -> None:
        """Run scheduled checks until `over` is set."""
        while not over.is_set():
            if self._saved.wait(1):
                self._saved.clear()
                self.check(self._files)

    def check(self, files: list[Path]) -> None:
        """Run the tool, and report its problems if they have changed."""
        command = self.command(files)
        if not (TOOLS.is_dir() and shutil.which(command[0])):
            if not self._is_missing:
                self.say(
                    f"{self.name}: not checked, {command[0]} is missing. Run python3 -m runtime dev-tools, with it in requirements-dev.lock."
                )
            self._is_missing = True
            return
        ran = subprocess.run(
            [*_IN_THE_BACKGROUND, *command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        found = [line.replace(f"{ROOT}/", "") for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
        if ran.returncode == 0:
            found = []
        if found == self._found:
            return
        self._found = found
        self.say(self.describe(found))
        text = "\n".join(found)
        self.app.notify("note", name=self.name, title=self.title(found) if found else None, text=text)

    def title(self, found: list[str]) -> str:
        """The number of problems, as a title."""
        return f"{self.name}: {len(found)} problem{'s' * (len(found) != 1)}"

    def describe(self, found: list[str]) -> str:
        """At most MAX_LINES problems, for the terminal."""
        if not found:
            return f"{self.name}: no problems"
        more = len(found) - MAX_LINES
        return "\n".join([self.title(found), *found[:MAX_LINES], *([f"and {more} more"] if more > 0 else [])])
