"""The app in various locations: a read-only system folder, a user folder, a mounted AppImage."""

import subprocess
from pathlib import Path

import pytest

from harness.items_page import add, open_items, row
from scripts.tests.installed.clean_system import HOME, USER_ID, CleanSystem
from scripts.tests.installed.conftest import OpenInstalled
from scripts.tests.installed.packages import Package


def unpack(package: Package, folder: Path) -> None:
    folder.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "--extract", package.path, folder], check=True)


def add_item_and_reopen(
    open_installed: OpenInstalled, system: CleanSystem, program: str, read_only: str | None = None
) -> Path:
    """Add an item and check that it exists after a restart. Returns the backend's interpreter as a path in the system."""
    window = open_installed(program, read_only)
    open_items(window)
    add(window, "Stays")
    interpreter = system.executable(system.backend_pid())
    window.close()
    again = open_installed(program, read_only)
    open_items(again)
    again.wait_visible(row("Stays"))
    again.close()
    return Path(system.guest_path(interpreter))


def test_app_runs_from_a_read_only_system_folder(
    deb: Package, system: CleanSystem, program: str, open_installed: OpenInstalled
) -> None:
    subprocess.run(["dpkg-deb", "--extract", deb.path, system.root], check=True)
    assert add_item_and_reopen(open_installed, system, program, read_only="/usr").is_relative_to("/usr/lib")


def test_app_runs_from_a_user_folder_without_installation(
    deb: Package, system: CleanSystem, program: str, open_installed: OpenInstalled
) -> None:
    folder = f"{HOME}/Meine Programme & mehr"
    unpack(deb, system.host_path(folder))
    subprocess.run(["chown", "-R", str(USER_ID), system.host_path(folder)], check=True)
    assert add_item_and_reopen(open_installed, system, f"{folder}{program}").is_relative_to(folder)


def test_app_runs_from_a_read_only_appimage_mount_with_python_variables_set(
    deb: Package, system: CleanSystem, program: str, open_installed: OpenInstalled
) -> None:
    # AppImage tools are not available everywhere. The AppImage runtime does the same: mount, set these variables, run.
    mount = "/tmp/.mount_Größe"
    unpack(deb, system.host_path(mount))
    system.environment.update(
        APPDIR=mount,
        APPIMAGE=f"{HOME}/App.AppImage",
        PYTHONHOME=f"{mount}/usr/",
        PYTHONPATH=f"{mount}/usr/share/pyshared/",
        LD_LIBRARY_PATH=f"{mount}/usr/lib/",
        PYTHONDONTWRITEBYTECODE="1",
    )
    assert add_item_and_reopen(open_installed, system, f"{mount}{program}", read_only=mount).is_relative_to(mount)


@pytest.mark.parametrize("language", ["POSIX", "tr_TR.UTF-8", "C.UTF-8"])
def test_app_runs_in_any_system_locale(
    deb: Package, system: CleanSystem, program: str, open_installed: OpenInstalled, language: str
) -> None:
    subprocess.run(["dpkg-deb", "--extract", deb.path, system.root], check=True)
    system.environment.update(LC_ALL=language, LANG=language)
    add_item_and_reopen(open_installed, system, program)
