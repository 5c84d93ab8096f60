"""Lint the shell for Windows and macOS on this machine: `make check-cross`.

python3 -m scripts.platforms.check_cross [TARGET ...]     default: every target of TARGETS

Clippy runs with the project's lints on the library, the program, the examples and the tests. It links nothing, so the C
compilers, resource compilers and SDKs of the other systems are replaced by `stub_tool`. Rust's standard library for a target
is installed with rustup when it is missing.

Exit status: 0 no warning, 1 a warning or an error, 2 a prerequisite is missing (printed in one line).
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment
from scripts.platforms.prerequisites import PrerequisiteMissingError, add_standard_libraries
from scripts.project import ROOT

SRC_TAURI = ROOT / "src-tauri"
STUB_TOOL = Path(__file__).with_name("stub_tool")
BUILD = ROOT / "build" / "cross"
TARGETS = ("x86_64-pc-windows-gnu", "aarch64-apple-darwin", "x86_64-apple-darwin")
STUB_NAMES = (
    "x86_64-w64-mingw32-gcc",
    "x86_64-w64-mingw32-g++",
    "x86_64-w64-mingw32-ar",
    "x86_64-w64-mingw32-windres",
    "xcrun",
)
"""Names of programs that build scripts run."""


def create_stub_tools(folder: Path) -> Path:
    """Write stubs of the other systems' tools to `folder`, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in STUB_NAMES:
        shutil.copy(STUB_TOOL, folder / name)
        (folder / name).chmod(0o755)
    return folder


def environment(target: str, tools: Path) -> dict[str, str]:
    """Environment for cargo, with the stub tools and a separate target directory, so that other builds stay cached."""
    name = target.replace("-", "_")
    stubs = {} if "windows" in target else {f"{tool}_{name}": str(STUB_TOOL) for tool in ("CC", "CXX", "AR")}
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)]),
        "CARGO_TARGET_DIR": str(BUILD / "target"),
        "SDKROOT": "/",
        **stubs,
    }


def check(target: str, tools: Path) -> bool:
    """Whether clippy reports no problem for `target`."""
    print(f"=== clippy for {target}", flush=True)
    began = time.monotonic()
    command = ["cargo", "clippy", "--workspace", "--locked", "--all-targets", "--target", target]
    command += ["--features", "custom-protocol,hot-reload", "--", "-D", "warnings"]
    passed = subprocess.run(command, cwd=SRC_TAURI, env=environment(target, tools), check=False).returncode == 0
    print(f"--- {target}: {'ok' if passed else 'failed'} in {time.monotonic() - began:.0f} s", flush=True)
    return passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    targets = parser.parse_args().targets or list(TARGETS)
    if unknown := [target for target in targets if target not in TARGETS]:
        parser.error(f"not a target: {', '.join(unknown)}. The targets: {', '.join(TARGETS)}")
    if os.name == "nt":
        print("check-cross needs a Unix system: its stub tools are shell scripts.", file=sys.stderr)
        return 2
    try:
        add_standard_libraries(targets)
    except PrerequisiteMissingError as error:
        print(f"check-cross: {error}", file=sys.stderr)
        return 2
    tools = create_stub_tools(BUILD / "stub-tools")
    results = [check(target, tools) for target in targets]
    return 0 if all(results) else 1


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
