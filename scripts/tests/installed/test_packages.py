""".deb and .rpm on a Debian that has no Python: installed, used, upgraded, removed."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.items_page import add, delete, open_items, rename, row
from harness.unfrozen import PROBES, probe_tree
from runtime.project import Project
from runtime.targets import host_target
from scripts.release.bundle_overlay import installed_name
from scripts.tests.installed.clean_system import CleanSystem
from scripts.tests.installed.conftest import OpenInstalled
from scripts.tests.installed.packages import STALE, Package

KINDS = ("deb", "rpm")

SHARED_FOLDERS = {
    # On distributions with rpm, packages of the desktop own these folders.
    "usr/share/applications",
    *("usr/share/icons/hicolor/256x256@2", "usr/share/icons/hicolor/256x256@2/apps"),
}


@dataclass(frozen=True)
class Installer:
    """Operations of the package manager on one kind of package."""

    kind: str
    system: CleanSystem
    current: Package
    older: Package

    def install(self, package: Package) -> None:
        """Install or upgrade. dpkg fails for a missing dependency; rpm does not know Debian's packages."""
        if self.kind == "deb":
            target = self.system.host_path("/tmp/package.deb")
            target.write_bytes(package.path.read_bytes())
            self.system.as_root("dpkg", "--install", "/tmp/package.deb")
        else:
            command = ["rpm", "--root", str(self.system.root), "--nodeps", "--upgrade", str(package.path)]
            subprocess.run(command, check=True)

    def remove(self) -> str:
        """Remove the package and return the output."""
        if self.kind == "deb":
            return self.system.as_root("dpkg", "--purge", self.current.name)
        command = ["rpm", "--root", str(self.system.root), "--nodeps", "--erase", self.current.name]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture
def installer(
    request: pytest.FixtureRequest, system: CleanSystem, deb: Package, rpm: Package, older: dict[str, Package]
) -> Installer:
    return Installer(request.param, system, {"deb": deb, "rpm": rpm}[request.param], older[request.param])


def runtime_dir(system: CleanSystem, project: Project) -> Path:
    return system.host_path(f"/usr/lib/{installed_name(project, host_target())}/runtime")


@pytest.mark.parametrize("installer", KINDS, indirect=True)
def test_package_without_system_python_installs_serves_and_leaves_only_the_data_dir(
    installer: Installer, project: Project, version: str, program: str, open_installed: OpenInstalled, data_dir: Path
) -> None:
    system = installer.system
    assert system.programs("python*") == set(), "the system must not have Python"
    before = system.added_files()

    installer.install(installer.current)
    tree = runtime_dir(system, project)
    assert system.programs("python*") == {system.guest_path(tree / "python" / "bin" / "python3")}
    assert "not found" not in system.as_root("ldd", program)

    window = open_installed(program)
    open_items(window)
    backend = system.backend_pid()
    assert system.executable(backend).name == "python3"
    assert Path(f"/proc/{backend}").stat().st_uid == 1000
    window.click("//nav//a[normalize-space()='Settings']")
    window.click("//*[@role='tab' and normalize-space()='About']")
    window.wait_visible(f"//*[normalize-space()='Version {version}']")
    window.click("//a[normalize-space()='Show licenses']")
    window.wait_visible("//h2[starts-with(normalize-space(), 'Rust crates')]")
    open_items(window)
    add(window, "Größe, 日本")
    add(window, "Changes")
    add(window, "Goes")
    rename(window, "Changes", "Changed")
    delete(window, "Goes")
    window.close()
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "manifest.sha256"], cwd=tree, check=True)

    again = open_installed(program)
    open_items(again)
    again.wait_visible(row("Größe, 日本"))
    again.wait_visible(row("Changed"))
    again.wait_hidden(row("Goes"))
    again.close()

    assert f"~/.local/share/{data_dir.name}" in installer.remove()
    assert system.added_files() - before - SHARED_FOLDERS == set()
    assert (data_dir / "app.db").is_file()
    files_in_home = {path.relative_to(system.home).parts[0] for path in system.home.rglob("*") if path.is_file()}
    assert files_in_home <= {".local", ".cache", ".config", ".bashrc", ".profile", ".bash_logout"}


@pytest.mark.parametrize("installer", KINDS, indirect=True)
def test_upgrade_preserves_data_and_removes_stale_modules(
    installer: Installer, project: Project, program: str, open_installed: OpenInstalled, data_dir: Path
) -> None:
    system = installer.system
    installer.install(installer.older)
    tree = runtime_dir(system, project)
    assert all((tree / name).is_file() for name in STALE)
    window = open_installed(program)
    open_items(window)
    add(window, "From before")
    window.close()
    to_older_schema(system, project, data_dir)

    installer.install(installer.current)
    assert not any((tree / name).exists() for name in STALE)
    assert not (tree / "site-packages" / "removed").exists()
    window = open_installed(program)
    open_items(window)
    window.wait_visible(row("From before"))
    add(window, "From after")
    window.close()
    assert list((data_dir / "backups").glob("*.db")), "the database was migrated without a backup"


def to_older_schema(system: CleanSystem, project: Project, data_dir: Path) -> None:
    """Downgrade the user's database by one migration, to the schema of an older version."""
    python = runtime_dir(system, project) / "python" / "bin" / "python3"
    script = (
        "from alembic import command\n"
        "from app.core import db\n"
        "from app.core.schema import schema\n"
        "with db.engine.connect() as connection:\n"
        "    connection.exec_driver_sql('PRAGMA foreign_keys=OFF')\n"
        "    command.downgrade(schema.alembic_config(connection), '-1')\n"
        "    connection.commit()\n"
    )
    environment = ["env", f"DATA_DIR={system.guest_path(data_dir)}"]
    command = [
        *system.user_command_prefix(),
        *environment,
        system.guest_path(python),
        "-I",
        "-B",
        "-X",
        "utf8",
        "-c",
        script,
    ]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("installer", ["deb"], indirect=True)
def test_installed_runtime_is_an_ordinary_python(installer: Installer, project: Project) -> None:
    system = installer.system
    installer.install(installer.current)
    tree = Path(system.guest_path(runtime_dir(system, project)))
    probes = shutil.copytree(PROBES, system.host_path("/srv/probes"))
    report = probe_tree(tree, prefix=system.command_prefix(), probes=Path(system.guest_path(probes)))
    assert report.executable == str(tree / "python" / "bin" / "python3")
    assert {result.name: result.detail for result in report.results if not result.passed}.keys() <= {
        # The system has no certificates.
        "certificates_of_the_system"
    }


@pytest.mark.parametrize("installer", ["deb"], indirect=True)
def test_upgrade_with_an_open_window_loses_no_data(
    installer: Installer, program: str, open_installed: OpenInstalled
) -> None:
    installer.install(installer.older)
    window = open_installed(program)
    open_items(window)
    add(window, "Before the upgrade")
    installer.install(installer.current)
    add(window, "After the upgrade")
    os.kill(installer.system.backend_pid(), 9)
    add(window, "From the new code")
    window.close()

    again = open_installed(program)
    open_items(again)
    for title in ("Before the upgrade", "After the upgrade", "From the new code"):
        again.wait_visible(row(title))
