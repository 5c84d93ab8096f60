"""Check the project's prerequisites and install the missing system packages.

Usage: bootstrap.py [--window] [--test] [--installed] [--server]. Runs on Python 3.7 and later, to report the required version.
Exits without changes if a prerequisite that it cannot install is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from typing import Iterator, Sequence

from harness.browser_programs import BROWSERS
from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT
from scripts.setup.machine import (
    GO_PACKAGES,
    INSTALLER_TEST_PACKAGES,
    MIN_PYTHON,
    SERVER_PACKAGES,
    TEST_PACKAGES,
    WINDOW_PACKAGES,
    find_tool,
    format_version,
    system_family,
    tools,
)


def missing_prerequisites(window: bool) -> Iterator[str]:
    """One message for each missing or outdated prerequisite that this script cannot install."""
    if sys.version_info < MIN_PYTHON:
        required = format_version(MIN_PYTHON)
        yield f"Python {required} or newer is required, {sys.executable} is {format_version(sys.version_info[:3])}. Select another: make PYTHON=python3.12"
    required_tools = ("Node.js", "npm or bun", *(("Rust",) if window else ()))
    for tool in (tool for tool in tools() if tool.name in required_tools):
        found = find_tool(tool)
        if found.state == "ok":
            continue
        requirement = f"{tool.name} {format_version(tool.min_version)} or newer" if tool.min_version else tool.name
        problem = {
            "missing": f"{' and '.join(f'`{program}`' for program in tool.programs)} not on the PATH",
            "too old": f"this machine has {format_version(found.version or ())}",
            "broken": f"`{tool.programs[0]}` is installed but does not print its version",
        }[found.state]
        yield f"{requirement} is required: {problem}. Install it:\n{install_commands(found.install)}"


def install_commands(install: dict[str, str]) -> str:
    """The install command for this system or, on an unknown system, for every system."""
    family = system_family()
    names = [family] if family in install else list(install)
    return "\n".join(dict.fromkeys(f"  {name:8} {install[name]}" for name in names))


def missing_packages(wanted: Sequence[str]) -> list[str]:
    """The Debian packages in `wanted` that are not installed."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted]
    listed = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return [name for name in wanted if f"{name} installed" not in listed]


def install_packages(missing: Sequence[str]) -> None:
    """Install with apt, as root or through sudo. Exits with the commands to run when neither is possible."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    commands = [["apt-get", "update"], install]
    if os.geteuid() != 0:
        has_passwordless_sudo = (
            shutil.which("sudo")
            and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
        )
        if not has_passwordless_sudo and not (shutil.which("sudo") and sys.stdin.isatty()):
            lines = "\n".join("  sudo " + " ".join(command) for command in commands)
            sys.exit(
                f"These system packages are missing: {' '.join(missing)}. Install them, then repeat the command:\n{lines}"
            )
        commands = [["sudo", *command] for command in commands]
    print(f"Installing system packages: {' '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        if subprocess.run(command, env=environment, check=False).returncode and command is commands[-1]:
            sys.exit(f"`{' '.join(command)}` failed. Fix the error above, then repeat the command.")


def install_system_packages(window: bool, test: bool, installer_tests: bool, server: bool) -> None:
    """Install the selected Debian packages. On other Linux systems check WebKitGTK, and exit with the install commands if it is missing. Exit if the installer tests are selected, because they need Debian."""
    if shutil.which("dpkg-query") and shutil.which("apt-get"):
        selected = (
            (window, WINDOW_PACKAGES),
            (test, TEST_PACKAGES),
            (installer_tests, INSTALLER_TEST_PACKAGES),
            (server, SERVER_PACKAGES),
        )
        wanted = [name for is_selected, names in selected if is_selected for name in names]
        if test and not any(map(shutil.which, BROWSERS)):
            wanted.append(BROWSERS[0])
        if not shutil.which("go") and (test or needs_go_module()):
            wanted += GO_PACKAGES
        if not has_venv():
            wanted.append("python3-venv")
        missing = missing_packages(list(dict.fromkeys(wanted))) if wanted else []
        if missing:
            install_packages(missing)
    elif installer_tests:
        sys.exit(
            "The installer tests create a Debian system in a folder with mmdebstrap, which requires Debian or a derivative."
        )
    elif sys.platform == "linux" and window:
        found = (
            subprocess.run(["pkg-config", "--exists", "webkit2gtk-4.1"], check=False)
            if shutil.which("pkg-config")
            else None
        )
        if found is None or found.returncode:
            lines = "\n".join(
                install_commands(tool.install) for tool in tools() if tool.name in ("WebKitGTK", "C compiler")
            )
            sys.exit(
                "WebKitGTK 4.1 with its headers, a C toolchain and pkg-config are required. "
                f"Install them, then repeat the command:\n{lines}"
            )


def needs_go_module() -> bool:
    """Whether the Go module is the only source of the runtime: no tree is staged, no archive is cached, no other source
    is configured, and the release server is unreachable."""
    from runtime.fetch.download import is_reachable
    from runtime.fetch.go_module import archive_path
    from runtime.fetch.pins import load_pins
    from runtime.host import environment
    from runtime.integrity.stamp import inputs_sha256, read_stamp
    from runtime.project import Project
    from runtime.targets import host_target

    if os.environ.get(environment.ARCHIVE) or os.environ.get(environment.MIRROR):
        return False
    project, target, cache = Project.at(ROOT), host_target(), environment.cache_dir(os.environ)
    pins = load_pins(project.pins_file)
    pin = pins.for_target(target)
    if pin.cached_in(cache).is_file() or archive_path(pins.go_module, target, cache).is_file():
        return False
    stamp = read_stamp(project.tree(target))
    staged = stamp is not None and stamp.inputs_sha256 == inputs_sha256(project, pins, target)
    return not (staged or is_reachable(pin.url))


def has_venv() -> bool:
    """Whether this Python can create virtual environments. On Debian that is a separate package."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window", action="store_true", help="also install requirements of the desktop window")
    parser.add_argument("--test", action="store_true", help="also install requirements of the tests")
    parser.add_argument("--installed", action="store_true", help="also install requirements of the installer tests")
    parser.add_argument("--server", action="store_true", help="also install requirements of the server mode tests")
    options = parser.parse_args()
    problems = list(missing_prerequisites(options.window))
    if problems:
        sys.exit("\n".join(problems))
    install_system_packages(options.window, options.test, options.installed, options.server)


if __name__ == "__main__":
    apply_tool_environment()
    main()
