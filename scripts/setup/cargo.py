"""Run cargo in src-tauri, whatever a person's variables and cargo configuration say: `python3 -m scripts.setup.cargo ARGUMENTS...`

Their index, proxy and certificates count. Their target folder, flags and wrappers are overridden; a target has to be refused.
"""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from runtime.host.tool_environment import apply_tool_environment, tool_environment
from scripts.project import ROOT
from scripts.setup.bundled import become

SHELL = ROOT / "src-tauri"


def environment() -> dict[str, str]:
    """The environment for cargo, and for the Tauri CLI, which runs it. These variables override what files say."""
    return tool_environment(os.environ) | {
        "CARGO_TARGET_DIR": str(SHELL / "target"),
        "CARGO_ENCODED_RUSTFLAGS": "",
        "RUSTC_WRAPPER": "",
        "RUSTC_WORKSPACE_WRAPPER": "",
    }


def foreign_target(folder: Path, variables: Mapping[str, str]) -> str | None:
    """What to do about a configuration that builds for another target, which no variable or flag can undo; None without one."""
    home = Path(variables.get("CARGO_HOME") or Path.home() / ".cargo")
    folders = [*(parent / ".cargo" for parent in (folder, *folder.parents)), home]
    for path in (place / name for place in folders for name in ("config.toml", "config")):
        try:
            target = tomllib.loads(path.read_text(encoding="utf-8")).get("build", {}).get("target")
        except (OSError, ValueError, AttributeError):
            continue  # not there, or cargo itself complains
        if target:
            return f"{path} has cargo build for {target}, and no option overrides that. Remove `target` from [build] there, then run the same again."
    return None


def main() -> int:
    os.environ.update(environment())
    os.chdir(SHELL)
    if problem := foreign_target(SHELL, os.environ):
        sys.exit(problem)
    return become(["cargo", *sys.argv[1:]])


if __name__ == "__main__":
    apply_tool_environment()
    sys.exit(main())
