"""Install tools with cargo at their pinned versions into build/tools/bin: `python3 -m scripts.setup.cargo_tool NAME...`

The first build of a tool takes minutes. It uses a temporary target folder, because cargo would otherwise rebuild the project.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from runtime.host.tool_environment import apply_tool_environment
from scripts.project import ROOT
from scripts.setup import cargo


class Crate(NamedTuple):
    """A crate with a program."""

    version: str
    program: str
    options: tuple[str, ...] = ()
    """Additional arguments of `cargo install`."""


CRATES = {
    # rcodesign signs Mach-O files on any system. The default feature, uploads to Apple's notary service, doubles the build time.
    "apple-codesign": Crate("0.29.0", "rcodesign", ("--no-default-features",)),
    "cargo-deny": Crate("0.20.2", "cargo-deny"),
    "tauri-driver": Crate("2.1.0", "tauri-driver"),  # WebDriver server for Tauri windows
}
TOOLS = ROOT / "build" / "tools"


def program_path(name: str) -> Path:
    """Path of the crate's installed program."""
    program = CRATES[name].program
    return TOOLS / "bin" / (f"{program}.exe" if sys.platform == "win32" else program)


def is_installed(name: str) -> bool:
    """Whether the pinned version is installed."""
    receipt = TOOLS / ".crates.toml"
    return program_path(name).is_file() and f'"{name} {CRATES[name].version} ' in receipt.read_text(encoding="utf-8")


def install(name: str) -> int:
    """Install the pinned version if it is missing. Returns cargo's exit status."""
    if is_installed(name):
        return 0
    crate = CRATES[name]
    print(f"Installing {name} {crate.version} into build/tools", flush=True)
    command = ["cargo", "install", name, "--version", crate.version, "--locked", "--quiet", "--root", str(TOOLS)]
    with tempfile.TemporaryDirectory() as folder:
        variables = cargo.environment() | {"CARGO_TARGET_DIR": folder}
        return subprocess.run([*command, *crate.options], env=variables, check=False).returncode


def main() -> int:
    if unknown := [name for name in sys.argv[1:] if name not in CRATES]:
        sys.exit(f"Unknown tools: {', '.join(unknown)}. Known tools: {', '.join(CRATES)}.")
    return next((status for name in sys.argv[1:] if (status := install(name))), 0)


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
