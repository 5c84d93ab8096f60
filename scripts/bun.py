"""Run bun, the front end's package manager: this machine's where it is new enough, else the project's own.

Usage: bun.py ARGUMENTS... The version needed stands in frontend/package.json ("packageManager"); where the machine has
no such bun, that very version is installed from npm into build/tools/bun, once.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "build" / "tools" / "bun"


def needed_version() -> str:
    """The version that frontend/package.json names."""
    manager: str = json.loads((ROOT / "frontend" / "package.json").read_text("utf-8"))["packageManager"]
    return manager.removeprefix("bun@")


def numbers(version: str) -> tuple[int, ...]:
    """1.4.5 as (1, 4, 5)."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def find_or_install() -> str:
    """Path of a bun that will do. Exits with what to do when npm can't give one."""
    needed = needed_version()
    on_path = shutil.which("bun")
    if on_path:
        version = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=False).stdout
        if numbers(version) >= numbers(needed):
            return on_path
    package = OWN / "node_modules" / "bun"
    own = package / "bin" / "bun.exe"  # on every system: npm's own links to it are scripts on Windows
    installed = package / "package.json"
    if not installed.exists() or json.loads(installed.read_text("utf-8"))["version"] != needed:
        print(f"Installing bun {needed} into build/tools/bun", file=sys.stderr, flush=True)
        npm = shutil.which("npm")
        OWN.mkdir(parents=True, exist_ok=True)
        command = [
            npm or "npm",
            "install",
            "--prefix",
            str(OWN),
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            f"bun@{needed}",
        ]
        if not npm or subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            sys.exit(f"bun {needed} could not be installed by npm. Check the network, or install bun yourself.")
    return str(own)


if __name__ == "__main__":
    found = find_or_install()
    if sys.platform == "win32":
        sys.exit(subprocess.run([found, *sys.argv[1:]], check=False).returncode)
    os.execv(found, [found, *sys.argv[1:]])  # noqa: S606 (our own command)
