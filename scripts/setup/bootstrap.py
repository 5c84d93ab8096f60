"""Check the project's prerequisites and install the missing system packages.

Usage: bootstrap.py [--window] [--test] [--installed] [--server]. Runs on Python 3.7 and later, to report the required version.
Exits without changes when a prerequisite is missing that it can't install.
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
    INSTALLED_PACKAGES,
    PYTHON_NEEDED,
    SERVER_PACKAGES,
    TEST_PACKAGES,
    WINDOW_PACKAGES,
    dotted,
    find_tool,
    system,
    tools,
)


def faults(window: bool) -> Iterator[str]:
    """One message per missing or outdated prerequisite that this script can't install."""
    if sys.version_info < PYTHON_NEEDED:
        wanted = dotted(PYTHON_NEEDED)
        yield f"Python {wanted} or newer is needed, {sys.executable} is {dotted(sys.version_info[:3])}. Name another: make PYTHON=python3.12"
    needed_here = ("Node.js", "npm or bun", *(("Rust",) if window else ()))
    for tool in (tool for tool in tools() if tool.name in needed_here):
        found = find_tool(tool)
        if found.state == "ok":
            continue
        needed = f"{tool.name} {dotted(tool.needed)} or newer" if tool.needed else tool.name
        has = {
            "missing": f"{' and '.join(f'`{program}`' for program in tool.programs)} not on the PATH",
            "too old": f"this machine has {dotted(found.version or ())}",
            "broken": f"`{tool.programs[0]}` is there but can't say its version",
        }[found.state]
        yield f"{needed} is needed: {has}. How to fix it:\n{commands(found.install)}"


def commands(install: dict[str, str]) -> str:
    """The install command for this system or, on an unknown system, for every system."""
    here = system()
    names = [here] if here in install else list(install)
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
        by_itself = (
            shutil.which("sudo")
            and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
        )
        if not by_itself and not (shutil.which("sudo") and sys.stdin.isatty()):
            lines = "\n".join("  sudo " + " ".join(command) for command in commands)
            sys.exit(
                f"These system packages are missing: {' '.join(missing)}. Run this once, then the same again:\n{lines}"
            )
        commands = [["sudo", *command] for command in commands]
    print(f"Installing system packages: {' '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        if subprocess.run(command, env=environment, check=False).returncode and command is commands[-1]:
            sys.exit(f"`{' '.join(command)}` failed. Fix what it reports above, then run the same again.")


def system_packages(window: bool, test: bool, installed: bool, server: bool) -> None:
    """Install the selected Debian packages. On other systems check the required one, and exit with its install command."""
    if shutil.which("dpkg-query") and shutil.which("apt-get"):
        asked = (
            (window, WINDOW_PACKAGES),
            (test, TEST_PACKAGES),
            (installed, INSTALLED_PACKAGES),
            (server, SERVER_PACKAGES),
        )
        wanted = [name for wish, names in asked if wish for name in names]
        if test and not any(map(shutil.which, BROWSERS)):
            wanted.append(BROWSERS[0])
        if not shutil.which("go") and (test or needs_go_module()):
            wanted += GO_PACKAGES
        if not has_venv():
            wanted.append("python3-venv")
        missing = missing_packages(list(dict.fromkeys(wanted))) if wanted else []
        if missing:
            install_packages(missing)
    elif installed:
        sys.exit("Installers are tried on a Debian in a folder, which only Debian and its like can make (mmdebstrap).")
    elif sys.platform == "linux" and window:
        found = (
            subprocess.run(["pkg-config", "--exists", "webkit2gtk-4.1"], check=False)
            if shutil.which("pkg-config")
            else None
        )
        if found is None or found.returncode:
            lines = "\n".join(commands(tool.install) for tool in tools() if tool.name in ("WebKitGTK", "C compiler"))
            sys.exit(
                "WebKitGTK 4.1 with its headers, a C toolchain and pkg-config are needed. "
                f"Install them, then run the same again:\n{lines}"
            )


def needs_go_module() -> bool:
    """Whether only the runtime's last source is left: nothing is staged or cached, no other source is set, no release server answers."""
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
    """Whether this Python can make virtual environments; Debian's own leaves that to a package."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def main() -> None:
    """Check, then install."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window", action="store_true", help="also what the desktop window needs")
    parser.add_argument("--test", action="store_true", help="also what the tests need")
    parser.add_argument("--installed", action="store_true", help="also what trying the installers needs")
    parser.add_argument("--server", action="store_true", help="also what the tests of server mode need")
    asked = parser.parse_args()
    found = list(faults(asked.window))
    if found:
        sys.exit("\n".join(found))
    system_packages(asked.window, asked.test, asked.installed, asked.server)


if __name__ == "__main__":
    apply_tool_environment()
    main()
