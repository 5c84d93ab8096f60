"""Run cargo in src-tauri, without most of the user's variables and cargo configuration: `python3 -m scripts.setup.cargo ARGUMENTS...`

Registry, proxy and certificate settings are retained. Target folder, flags and wrappers are overridden. A configured
`build.target` is an error: it can be replaced by another target but not unset, and it moves cargo's output.
"""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment, tool_environment
from scripts.project import ROOT
from scripts.setup.bundled import exec_command

SRC_TAURI = ROOT / "src-tauri"


def environment() -> dict[str, str]:
    """Environment for cargo and the Tauri CLI. Its variables override cargo's config files."""
    return tool_environment(os.environ) | {
        "CARGO_TARGET_DIR": str(SRC_TAURI / "target"),
        "CARGO_ENCODED_RUSTFLAGS": "",
        "RUSTC_WRAPPER": "",
        "RUSTC_WORKSPACE_WRAPPER": "",
    }


def conflicting_target(folder: Path, variables: Mapping[str, str]) -> str | None:
    """Error message for a cargo configuration with `build.target`, which no variable or flag can unset; else None."""
    home = Path(variables.get("CARGO_HOME") or Path.home() / ".cargo")
    folders = [*(parent / ".cargo" for parent in (folder, *folder.parents)), home]
    for path in (place / name for place in folders for name in ("config.toml", "config")):
        try:
            target = tomllib.loads(path.read_text(encoding="utf-8")).get("build", {}).get("target")
        except (OSError, ValueError, AttributeError):
            continue  # missing, or invalid and reported by cargo
        if target:
            return f"{path} sets build.target to {target}, and no option overrides that. Remove `target` from [build] there, then repeat the command."
    return None


def main() -> int:
    os.environ.update(environment())
    os.chdir(SRC_TAURI)
    if problem := conflicting_target(SRC_TAURI, os.environ):
        sys.exit(problem)
    return exec_command(["cargo", *sys.argv[1:]])


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
