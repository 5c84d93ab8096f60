"""Fixtures: the packages of `make build`, and a clean Debian root file system. Requires root."""

import json
import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.app import ROOT
from harness.fixtures import desktop, display, driver_url, shell, staged_tree
from harness.window import Window, open_window
from runtime.project import Project
from scripts.tests.installed.clean_system import CleanSystem, base_system, mounted
from scripts.tests.installed.packages import OLDER_VERSION, Package, bundle_dir, bundle_older, dependencies, package

__all__ = ["desktop", "display", "driver_url", "shell", "staged_tree"]

OpenInstalled = Callable[..., Window]


@pytest.fixture(scope="session")
def project() -> Project:
    return Project.at(ROOT)


@pytest.fixture(scope="session")
def program(project: Project) -> str:
    """Path of the installed shell."""
    crate = tomllib.loads((project.root / "src-tauri" / "Cargo.toml").read_text("utf-8"))
    return f"/usr/bin/{crate['package']['name']}"


@pytest.fixture(scope="session")
def version(project: Project) -> str:
    """Version of the last build, including its label."""
    built = json.loads((project.build_dir / "bundle.conf.json").read_text("utf-8"))
    return str(built.get("version", project.name_and_version()[1]))


@pytest.fixture(scope="session")
def deb(project: Project, version: str) -> Package:
    return package(bundle_dir(project), "deb", version)


@pytest.fixture(scope="session")
def rpm(project: Project, version: str) -> Package:
    return package(bundle_dir(project), "rpm", version)


@pytest.fixture(scope="session")
def older(project: Project, staged_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """Older versions of both packages, by kind."""
    bundle_older(project, project.build_dir / "bundle.conf.json", staged_tree, tmp_path_factory.mktemp("older"))
    return {kind: package(bundle_dir(project), kind, OLDER_VERSION) for kind in ("deb", "rpm")}


@pytest.fixture(scope="session")
def base(project: Project, deb: Package) -> Path:
    """A minimal Debian with only the dependencies of the .deb."""
    assert os.geteuid() == 0, "these tests require root"
    return base_system(project.build_dir / "clean-systems", dependencies(deb))


@pytest.fixture
def system(base: Path, tmp_path: Path) -> Iterator[CleanSystem]:
    """A clean Debian for one test."""
    # The user must have access to the folders above.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o711)
    with mounted(base, tmp_path / "system") as system:
        yield system


@pytest.fixture
def data_dir(system: CleanSystem, project: Project) -> Path:
    """Data dir of the system's user, as a path on this machine."""
    config = json.loads((project.root / "src-tauri" / "tauri.conf.json").read_text("utf-8"))
    return system.home / ".local" / "share" / str(config["identifier"])


@pytest.fixture
def open_installed(driver_url: str, system: CleanSystem, tmp_path: Path) -> Iterator[OpenInstalled]:
    """A function that opens the window of a program in the system as its user."""
    opened: list[Window] = []

    def open_one(program: str, read_only: str | None = None) -> Window:
        script = system.launcher(program, tmp_path / f"launch-{len(opened)}", read_only)
        opened.append(open_window(driver_url, script))
        return opened[-1]

    with system.session_bus():
        yield open_one
        for window in opened:
            window.close()
