"""Install the named tools with cargo, each at its pinned version, into build/tools/bin: cargo_tool.py NAME...

Their builds take minutes, once. cargo builds them in a folder of its own: in src-tauri's they would evict ours.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from runtime.host.tool_environment import adopt
from scripts import cargo

VERSIONS = {
    "cargo-deny": "0.20.2",
    "tauri-driver": "2.1.0",  # lets WebDriver drive the window
}
TOOLS = Path(__file__).resolve().parents[1] / "build" / "tools"


def program(name: str) -> Path:
    """Where the tool is once it is installed."""
    return TOOLS / "bin" / (f"{name}.exe" if sys.platform == "win32" else name)


def installed(name: str) -> bool:
    """Whether it is there at the pinned version."""
    listed = TOOLS / ".crates.toml"
    return program(name).is_file() and f'"{name} {VERSIONS[name]} ' in listed.read_text(encoding="utf-8")


def main() -> int:
    if unknown := [name for name in sys.argv[1:] if name not in VERSIONS]:
        sys.exit(f"No version is pinned of {', '.join(unknown)}. There are: {', '.join(VERSIONS)}.")
    for name in sys.argv[1:]:
        if installed(name):
            continue
        print(f"Installing {name} {VERSIONS[name]} into build/tools", flush=True)
        install = ["cargo", "install", name, "--version", VERSIONS[name], "--locked", "--quiet", "--root", str(TOOLS)]
        with tempfile.TemporaryDirectory() as folder:
            variables = cargo.environment() | {"CARGO_TARGET_DIR": folder}
            if status := subprocess.run(install, env=variables, check=False).returncode:
                return status
    return 0


if __name__ == "__main__":
    adopt()
    sys.exit(main())
