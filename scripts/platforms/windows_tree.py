"""Builds the inputs of `make test-windows`: a tree staged for Windows, the packages of the tests, and the supervisor's test programs.

build/windows/build has the layout of build/ on Windows.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.build.additional_packages import install_additional_packages
from runtime.host.progress import Progress
from runtime.project import Project
from scripts.platforms.bind_mount import MOUNT_POINT, bind_mount_command
from scripts.platforms.prerequisites import SRC_TAURI, PrerequisiteMissingError, add_standard_libraries
from scripts.platforms.staged import stage_tree
from scripts.project import ROOT

TARGET = "x86_64-pc-windows-msvc"
RUST_TARGET = "x86_64-pc-windows-gnu"
"""The MSVC target requires a linker and libraries that Debian does not have."""
LINKER = "x86_64-w64-mingw32-gcc"
LINKER_PACKAGE = "gcc-mingw-w64-x86-64-win32"
SUPERVISOR_TESTS = ("supervisor", "real_backend")
"""Test programs in src-tauri/crates/backend-supervisor (fake backend) and src-tauri/tests (real backend)."""


@dataclass(frozen=True)
class WindowsBuild:
    """Build folders."""

    folder: Path

    @property
    def checkout_build(self) -> Path:
        """build/ of the mounted checkout."""
        return self.folder / "build"

    @property
    def cargo_target(self) -> Path:
        """cargo's target directory."""
        return self.folder / "cargo"

    @property
    def tree(self) -> Path:
        """The staged tree."""
        return Project.at(ROOT).tree(TARGET)


def check_prerequisites() -> None:
    """Raise PrerequisiteMissingError when the supervisor cannot be built."""
    if shutil.which(LINKER) is None:
        raise PrerequisiteMissingError(f"`{LINKER}` is missing. Run `sudo apt-get install -y {LINKER_PACKAGE}`.")
    add_standard_libraries([RUST_TARGET])


def stage(build: WindowsBuild) -> None:
    """Stage the tree and the tests' packages. Raises PrerequisiteMissingError, CalledProcessError, RuntimeStagingError."""
    stage_tree(TARGET)
    build.checkout_build.mkdir(parents=True, exist_ok=True)
    project = Project.at(ROOT)
    packages = build.checkout_build / project.dev_packages.name
    install_additional_packages(project, project.dev_lock_file, packages, Progress(sys.stdout), TARGET)


def build_supervisor_tests(build: WindowsBuild) -> dict[str, Path]:
    """Paths of the supervisor's test programs by name, relative to cargo's target directory, with the fake backend next to them.

    Raises CalledProcessError.
    """
    target = f"{MOUNT_POINT}/{build.cargo_target.relative_to(ROOT)}"
    environment = {**os.environ, "CARGO_TARGET_DIR": target}
    prefix = bind_mount_command(ROOT, SRC_TAURI.name)
    common = ["--workspace", "--locked", "--target", RUST_TARGET, "--features", "custom-protocol,hot-reload"]
    subprocess.run([*prefix, "cargo", "build", "--examples", *common], env=environment, check=True)
    tests = [word for name in SUPERVISOR_TESTS for word in ("--test", name)]
    tests = ["cargo", "test", "--no-run", *tests, "--message-format", "json-render-diagnostics"]
    built = subprocess.run([*prefix, *tests, *common], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    messages = map(json.loads, built.stdout.splitlines())
    programs = {it["target"]["name"]: it["executable"] for it in messages if it.get("executable")}
    return {name: Path(programs[name]).relative_to(target) for name in SUPERVISOR_TESTS}
