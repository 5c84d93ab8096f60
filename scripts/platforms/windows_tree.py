"""What `make test-windows` runs: a tree staged for Windows, the tests' packages for it, and the supervisor's tests as a program.

All of it is in build/windows, laid out as a checkout's build/ on Windows is.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.build.extras import stage_extra
from runtime.host.progress import Progress
from runtime.project import Project
from scripts.platforms.plain_path import PLAIN, seen_at_plain_path
from scripts.platforms.prerequisites import SHELL, PrerequisiteMissingError, add_standard_libraries
from scripts.platforms.staged import stage_tree
from scripts.project import ROOT

TARGET = "x86_64-pc-windows-msvc"
RUST_TARGET = "x86_64-pc-windows-gnu"
"""MSVC's own needs its linker and libraries, which Debian does not have."""
LINKER = "x86_64-w64-mingw32-gcc"
LINKER_PACKAGE = "gcc-mingw-w64-x86-64-win32"
SUPERVISOR_TESTS = ("supervisor", "real_backend")
"""Of src-tauri/crates/backend-supervisor, with a fake backend, and of src-tauri/tests, with the real one."""


@dataclass(frozen=True)
class WindowsBuild:
    """Folders of this machine."""

    folder: Path

    @property
    def checkout_build(self) -> Path:
        """The build/ of the checkout that the tests see."""
        return self.folder / "build"

    @property
    def cargo_target(self) -> Path:
        """cargo's output."""
        return self.folder / "cargo"

    @property
    def tree(self) -> Path:
        """The staged tree."""
        return Project.at(ROOT).tree(TARGET)


def check_prerequisites() -> None:
    """Raise PrerequisiteMissingError for what building the supervisor lacks."""
    if shutil.which(LINKER) is None:
        raise PrerequisiteMissingError(f"`{LINKER}` is missing. Run `sudo apt-get install -y {LINKER_PACKAGE}`.")
    add_standard_libraries([RUST_TARGET])


def stage(build: WindowsBuild) -> None:
    """Stage the tree and the tests' packages. Raises PrerequisiteMissingError, CalledProcessError, RuntimeStagingError."""
    stage_tree(TARGET)
    build.checkout_build.mkdir(parents=True, exist_ok=True)
    project = Project.at(ROOT)
    packages = build.checkout_build / project.dev_packages.name
    stage_extra(project, project.dev_lock_file, packages, Progress(sys.stdout), TARGET)


def build_supervisor_tests(build: WindowsBuild) -> dict[str, Path]:
    """The supervisor's test programs by name, relative to cargo's output, with the fake backend next to them.

    Raises CalledProcessError.
    """
    target = f"{PLAIN}/{build.cargo_target.relative_to(ROOT)}"
    environment = {**os.environ, "CARGO_TARGET_DIR": target}
    seen_at_plain = seen_at_plain_path(ROOT, SHELL.name)
    common = ["--workspace", "--locked", "--target", RUST_TARGET, "--features", "custom-protocol,hot-reload"]
    subprocess.run([*seen_at_plain, "cargo", "build", "--examples", *common], env=environment, check=True)
    tests = [word for name in SUPERVISOR_TESTS for word in ("--test", name)]
    tests = ["cargo", "test", "--no-run", *tests, "--message-format", "json-render-diagnostics"]
    built = subprocess.run(
        [*seen_at_plain, *tests, *common], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    messages = map(json.loads, built.stdout.splitlines())
    programs = {it["target"]["name"]: it["executable"] for it in messages if it.get("executable")}
    return {name: Path(programs[name]).relative_to(target) for name in SUPERVISOR_TESTS}
