"""Short form of these tests, part of `make test`: a .deb with the debug build, in an overlay of this machine's file system."""

import configparser
import os
import shutil
import sys
from pathlib import Path

import pytest

from harness.items_page import add, open_items
from runtime.project import Project
from runtime.targets import host_target
from scripts.app_names import Names, read_names
from scripts.release.build import prepare
from scripts.release.bundle_overlay import installed_name
from scripts.tests.installed.clean_system import CleanSystem
from scripts.tests.installed.conftest import OpenInstalled
from scripts.tests.installed.packages import Package, bundle_debug

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("dpkg"),
    reason="requires Debian and root",
)


@pytest.fixture(scope="module")
def base() -> Path:
    """This machine's file system, which contains the window's libraries. `make test-installed` uses a minimal system."""
    return Path("/")


@pytest.fixture(scope="module")
def names(project: Project) -> Names:
    return read_names(project.root)


@pytest.fixture(scope="module")
def debug_deb(project: Project, shell: Path, tmp_path_factory: pytest.TempPathFactory) -> Package:
    return bundle_debug(project, prepare(project, allow_go_module=True), shell, tmp_path_factory.mktemp("debug"))


def test_deb_installs_serves_from_its_own_runtime_and_leaves_only_the_data_dir(
    debug_deb: Package,
    system: CleanSystem,
    project: Project,
    names: Names,
    program: str,
    open_installed: OpenInstalled,
) -> None:
    system.host_path("/tmp/package.deb").write_bytes(debug_deb.path.read_bytes())
    before = system.added_files()
    # Fails for a missing dependency.
    system.as_root("dpkg", "--install", "/tmp/package.deb")
    assert "not found" not in system.as_root("ldd", program)
    check_desktop_entry(system, names)

    # A debug build does not find the installed runtime.
    runtime = f"/usr/lib/{installed_name(project, host_target())}/runtime"
    system.environment["APP_RUNTIME_DIR"] = runtime
    window = open_installed(program)
    open_items(window)
    add(window, "Größe, 日本")
    interpreter = system.guest_path(system.executable(system.backend_pid()))
    assert interpreter.startswith(f"{runtime}/python/bin/")
    window.close()

    printed = system.as_root("dpkg", "--purge", debug_deb.name)
    assert f"~/.local/share/{names.identifier}" in printed
    assert system.added_files() - before == set()
    assert (system.home / ".local" / "share" / names.debug_identifier / "app.db").is_file()


def check_desktop_entry(system: CleanSystem, names: Names) -> None:
    """The desktop entry has the app's name, icon and program."""
    (entry,) = system.upper.glob("usr/share/applications/*.desktop")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(entry, "utf-8")
    desktop = parser["Desktop Entry"]
    assert desktop["Name"] == names.product
    assert os.access(system.host_path(f"/usr/bin/{desktop['Exec']}"), os.X_OK)
    assert desktop["Terminal"] == "false"
    icons = {path.parts[-3] for path in system.upper.glob(f"usr/share/icons/hicolor/*/apps/{desktop['Icon']}.png")}
    assert {"32x32", "128x128"} <= icons
