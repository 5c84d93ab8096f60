"""Run bun, the package manager of frontend/, in that folder: `python3 -m scripts.setup.bun ARGUMENTS...`

frontend/package.json declares the required version ("packageManager"). If the bun on the PATH is missing or older, npm installs
that version into build/tools/bun.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment, is_usable_cache_dir
from scripts.project import ROOT
from scripts.setup.bundled import exec_command
from scripts.setup.npm_config import write_home

FRONTEND = ROOT / "frontend"
INSTALL_DIR = ROOT / "build" / "tools" / "bun"
REGISTRY_COMMANDS = ("install", "i", "ci", "add", "update", "remove", "audit", "outdated", "pm")
NPM_FLAGS = [
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--ignore-scripts=false",
    "--foreground-scripts",
    "--include=optional",
    "--global=false",
    "--dry-run=false",
]
"""Quiet output, and overrides of settings in npm's built-in configuration file."""


def required_version() -> str:
    """The version that frontend/package.json declares."""
    manager: str = json.loads((FRONTEND / "package.json").read_text("utf-8"))["packageManager"]
    return manager.removeprefix("bun@")


def parse_version(version: str) -> tuple[int, ...]:
    """1.4.5 as (1, 4, 5)."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def version_of(program: str | Path) -> tuple[int, ...]:
    """The version of a bun executable; () if it cannot be run."""
    try:
        return parse_version(subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout)
    except OSError:
        return ()


def find_or_install() -> str:
    """Path of a working bun of the required version. Exits with a message if npm cannot install it."""
    required = required_version()
    on_path = shutil.which("bun")
    if on_path and version_of(on_path) >= parse_version(required):
        return on_path
    installed = (
        INSTALL_DIR / "node_modules" / "bun" / "bin" / "bun.exe"
    )  # the same path on every system: npm's links are scripts on Windows
    if version_of(installed) != parse_version(required):
        _install(required)
        if version_of(installed) != parse_version(required):
            sys.exit(
                f"npm installed bun {required} into {INSTALL_DIR}, but it cannot be run. Check npm's output above, and whether programs in that folder "
                "may be executed (noexec mount, virus scanner)."
            )
    return str(installed)


def _install(version: str) -> None:
    print(f"Installing bun {version} into build/tools/bun", file=sys.stderr, flush=True)
    npm = shutil.which("npm")
    shutil.rmtree(INSTALL_DIR, ignore_errors=True)
    INSTALL_DIR.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as home:
        write_home(Path(home), os.environ, npm)
        files = {"npm_config_userconfig": str(Path(home, ".npmrc")), "npm_config_globalconfig": os.devnull}
        if not any(name.lower() == "npm_config_cache" for name in os.environ) and not is_usable_cache_dir(
            os.path.expanduser("~/.npm")
        ):
            files["npm_config_cache"] = str(INSTALL_DIR.with_name("npm-cache"))
        inherited = {name: value for name, value in os.environ.items() if name.lower() not in files}
        command = [npm or "npm", "install", "--prefix", str(INSTALL_DIR), *NPM_FLAGS, f"bun@{version}"]
        if not npm or subprocess.run(command, stdout=sys.stderr, env=inherited | files, check=False).returncode:
            sys.exit(f"npm could not install bun {version}. Check the network, or install bun manually.")


def _cache_dir() -> str:
    """bun's package cache: in the home folder, or in build/ if the home folder is not writable."""
    if cache := os.environ.get("BUN_INSTALL_CACHE_DIR"):
        return cache
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~"), ".bun", "install", "cache")
    return cache if is_usable_cache_dir(cache) else str(INSTALL_DIR.with_name("bun-cache"))


def main() -> int:
    os.chdir(FRONTEND)
    bun = find_or_install()
    if sys.argv[1:2] == [] or sys.argv[1] not in REGISTRY_COMMANDS:
        return exec_command([bun, *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as home:
        write_home(Path(home), os.environ, shutil.which("npm"))
        variables = {**os.environ, "HOME": home, "USERPROFILE": home, "BUN_INSTALL_CACHE_DIR": _cache_dir()}
        variables.pop("XDG_CONFIG_HOME", None)
        return subprocess.run([bun, *sys.argv[1:]], env=variables, check=False).returncode


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
