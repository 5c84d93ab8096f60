"""`make setup` on new machines, simulated by shell scripts on the PATH."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.app import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs POSIX shell scripts in place of apt and tools")


class SimulatedMachine:
    """A simulated machine: its PATH contains only scripts named node, npm and cargo, and those that a test adds."""

    def __init__(self, folder: Path, python: str) -> None:
        self.bin = folder
        self.python = python
        for name, version in {"node": "v20.19.0", "npm": "11.0.0", "cargo": "cargo 1.95.0"}.items():
            self.put(name, f"echo {version}")

    def put(self, name: str, script: str) -> None:
        program = self.bin / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def bootstrap(self, *flags: str, prelude: str = "pass") -> subprocess.CompletedProcess[str]:
        """Run scripts.setup.bootstrap as root, after the Python statements in `prelude`."""
        run = str(ROOT / "scripts" / "run.py")
        code = f"import os, runpy, sys; os.geteuid = lambda: 0; {prelude}; sys.argv.insert(1, 'scripts.setup.bootstrap'); runpy.run_path({run!r}, run_name='__main__')"
        return subprocess.run(
            [self.python, "-B", "-c", code, *flags],
            env={"PATH": str(self.bin)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path, host_python: str) -> SimulatedMachine:
    real = subprocess.run(
        [host_python, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=True
    )
    (tmp_path / "bin").mkdir()
    return SimulatedMachine(tmp_path / "bin", real.stdout.strip())


def test_bootstrap_names_missing_and_outdated_tools_with_required_version(machine: SimulatedMachine) -> None:
    machine.put("node", "echo v18.20.1")
    (machine.bin / "cargo").unlink()
    result = machine.bootstrap("--window")
    assert result.returncode != 0
    assert re.search(r"Node\.js [\d.]+ or newer is required: this machine has 18\.20\.1", result.stderr)
    assert re.search(r"Rust [\d.]+ or newer is required: `cargo` not on the PATH", result.stderr)
    assert "Traceback" not in result.stderr


def test_bootstrap_names_required_python_version(machine: SimulatedMachine) -> None:
    result = machine.bootstrap(prelude="sys.version_info = (3, 8, 0, 'final', 0)")
    assert result.returncode != 0
    assert re.match(r"Python 3\.\d+ or newer is required, .* is 3\.8\.0", result.stderr)


def test_bootstrap_as_root_installs_missing_packages(machine: SimulatedMachine, tmp_path: Path) -> None:
    machine.put("dpkg-query", "exit 1")
    machine.put("apt-get", f'echo "$@" >> {tmp_path}/calls')
    result = machine.bootstrap("--window", "--test")
    assert result.returncode == 0, result.stderr
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert update == "update"
    assert install.startswith("install -y")
    assert {"libwebkit2gtk-4.1-dev", "xvfb", "webkit2gtk-driver", "chromium"} <= set(install.split())


def test_bootstrap_skips_installed_browser(machine: SimulatedMachine, tmp_path: Path) -> None:
    machine.put("google-chrome", "exit 0")
    machine.put("dpkg-query", "exit 1")
    machine.put("apt-get", f'echo "$@" >> {tmp_path}/calls')
    assert machine.bootstrap("--test").returncode == 0
    assert "chromium" not in (tmp_path / "calls").read_text()


def test_bootstrap_without_root_prints_commands_and_runs_none(machine: SimulatedMachine, tmp_path: Path) -> None:
    machine.put("dpkg-query", "exit 1")
    machine.put("apt-get", f"echo > {tmp_path}/called")
    result = machine.bootstrap("--window", prelude="os.geteuid = lambda: 1000")
    assert result.returncode != 0
    assert "sudo apt-get update" in result.stderr
    assert re.search(r"sudo apt-get install -y .*libwebkit2gtk-4\.1-dev", result.stderr)
    assert not (tmp_path / "called").exists()


def test_bootstrap_stops_at_failed_install_and_names_command(machine: SimulatedMachine) -> None:
    machine.put("dpkg-query", "exit 1")
    machine.put("apt-get", 'test "$1" = update')
    result = machine.bootstrap("--window")
    assert result.returncode != 0
    assert "apt-get install -y" in result.stderr
    assert "failed" in result.stderr


def with_os_release(release: str) -> str:
    """Return Python statements that replace the content of /etc/os-release with `release`."""
    content = f"{release!r} if str(path) == '/etc/os-release' else read(path, *options)"
    return f"import pathlib; read = pathlib.Path.read_text; pathlib.Path.read_text = lambda path, *options: {content}"


def test_bootstrap_on_fedora_derivative_prints_dnf_command(machine: SimulatedMachine) -> None:
    result = machine.bootstrap("--window", prelude=with_os_release("ID=nobara\nID_LIKE=fedora\n"))
    assert result.returncode != 0
    assert "dnf install -y webkit2gtk4.1-devel" in result.stderr
    assert "pacman" not in result.stderr


def test_bootstrap_on_unknown_system_prints_commands_of_all_package_managers(machine: SimulatedMachine) -> None:
    result = machine.bootstrap("--window", prelude=with_os_release("ID=void\n"))
    assert result.returncode != 0
    for command in ("apt-get install", "dnf install", "pacman -S"):
        assert command in result.stderr


def test_make_without_target_lists_public_targets() -> None:
    result = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in (
        (ROOT / "Makefile").read_text("utf-8").split(".PHONY:")[1].split("\n\n")[0].replace("\\\n", " ").split()
    ):
        if not target.startswith(("check-", "run-", "dev-tools")):
            assert f"make {target} " in result, target


def test_readme_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    assert named
    assert [target for target in named if f"\n{target}:" not in makefile] == []
