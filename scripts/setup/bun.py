"""Run bun, the front end's package manager, in frontend/: the installed one if it is new enough, else the project's.

Usage: `python3 -m scripts.setup.bun ARGUMENTS...` The version needed stands in frontend/package.json ("packageManager"); where the machine has
no such bun, that very version is installed from npm into build/tools/bun, once.
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
OWN = ROOT / "build" / "tools" / "bun"
USES_THE_REGISTRY = ("install", "i", "ci", "add", "update", "remove", "audit", "outdated", "pm")
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
"""The first three, and what files of the system that npm comes with may say otherwise."""


def needed_version() -> str:
    """The version that frontend/package.json names."""
    manager: str = json.loads((FRONTEND / "package.json").read_text("utf-8"))["packageManager"]
    return manager.removeprefix("bun@")


def numbers(version: str) -> tuple[int, ...]:
    """1.4.5 as (1, 4, 5)."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def version_of(program: str | Path) -> tuple[int, ...]:
    """The version of a bun; () if it can't be run."""
    try:
        return numbers(subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout)
    except OSError:
        return ()


def find_or_install() -> str:
    """Path of a working bun of the required version. Exits with a message when npm cannot install one."""
    needed = needed_version()
    on_path = shutil.which("bun")
    if on_path and version_of(on_path) >= numbers(needed):
        return on_path
    own = (
        OWN / "node_modules" / "bun" / "bin" / "bun.exe"
    )  # on every system, because npm's links are scripts on Windows
    if version_of(own) != numbers(needed):
        _install(needed)
        if version_of(own) != numbers(needed):
            sys.exit(
                f"npm installed bun {needed} into {OWN}, but it can't be run. Its install script puts the program in place: "
                "look at what npm says above, and whether that folder may hold programs (noexec, a virus scanner)."
            )
    return str(own)


def _install(version: str) -> None:
    print(f"Installing bun {version} into build/tools/bun", file=sys.stderr, flush=True)
    npm = shutil.which("npm")
    shutil.rmtree(OWN, ignore_errors=True)
    OWN.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as home:
        write_home(Path(home), os.environ, npm)
        files = {"npm_config_userconfig": str(Path(home, ".npmrc")), "npm_config_globalconfig": os.devnull}
        if not any(name.lower() == "npm_config_cache" for name in os.environ) and not is_usable_cache_dir(
            os.path.expanduser("~/.npm")
        ):
            files["npm_config_cache"] = str(OWN.with_name("npm-cache"))
        inherited = {name: value for name, value in os.environ.items() if name.lower() not in files}
        command = [npm or "npm", "install", "--prefix", str(OWN), *NPM_FLAGS, f"bun@{version}"]
        if not npm or subprocess.run(command, stdout=sys.stderr, env=inherited | files, check=False).returncode:
            sys.exit(f"bun {version} could not be installed by npm. Check the network, or install bun yourself.")


def _cache() -> str:
    """bun's package cache: in the home folder, or below build/ when the home is not writable."""
    if given := os.environ.get("BUN_INSTALL_CACHE_DIR"):
        return given
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~"), ".bun", "install", "cache")
    return cache if is_usable_cache_dir(cache) else str(OWN.with_name("bun-cache"))


def main() -> int:
    os.chdir(FRONTEND)
    bun = find_or_install()
    if sys.argv[1:2] == [] or sys.argv[1] not in USES_THE_REGISTRY:
        return exec_command([bun, *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as home:
        write_home(Path(home), os.environ, shutil.which("npm"))
        variables = {**os.environ, "HOME": home, "USERPROFILE": home, "BUN_INSTALL_CACHE_DIR": _cache()}
        variables.pop("XDG_CONFIG_HOME", None)
        return subprocess.run([bun, *sys.argv[1:]], env=variables, check=False).returncode


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
