"""Build the installers of this system around the staged runtime: `make build`.

A runtime from the Go module is refused, because it is not the pinned release. ARGS=--allow-go-module accepts it and
labels the installer's version. With the variables of update_keys.py the app can update itself. Other arguments, such as
`--bundles deb`, go to the Tauri bundler.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from runtime.build.bundle import write_bundle_config, write_reports
from runtime.errors import NotShippableError, RuntimeStagingError
from runtime.host.tool_environment import apply_tool_environment, set_world_readable_umask
from runtime.integrity.verify import verify
from runtime.project import Project
from runtime.targets import host_target
from scripts.project import ROOT, RUN
from scripts.release import signing_keys
from scripts.release.bundle_overlay import RELEASE_UI, installed_name, overlay
from scripts.release.update_keys import UpdateKeysError, updater_config
from scripts.setup import cargo


def prepare(project: Project, *, allow_go_module: bool, updates: dict[str, Any] | None = None) -> Path:
    """Verify the tree and write the overlay of tauri.conf.json. Raises NotShippableError for a tree from the Go module unless allowed."""
    tree = project.tree(host_target())
    stamp = verify(tree, shippable=not allow_go_module)
    for heading, advice in write_reports(project, tree).items():
        print(
            f"Note: license report and bill of materials lack {heading}. To add them, first run: {advice}.",
            file=sys.stderr,
        )
    return write_bundle_config(project, overlay(project, tree, stamp, updates))


def main() -> int:
    arguments, project = sys.argv[1:], Project.at(ROOT)
    allow_go_module = "--allow-go-module" in arguments
    if allow_go_module:
        arguments.remove("--allow-go-module")
    try:
        updates = updater_config(os.environ)
        print(f"Updates: {'on' if updates else 'off, no keys are set (docs/updates.md)'}", flush=True)
        # Sign first: signing changes the tree, which is verified when the overlay is written.
        verify(project.tree(host_target()), shippable=not allow_go_module)
        if status := subprocess.run([sys.executable, RUN, "scripts.release.sign"], cwd=ROOT, check=False).returncode:
            return status
        config = prepare(project, allow_go_module=allow_go_module, updates=updates)
    except UpdateKeysError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except NotShippableError as error:
        print(f"error: {error} For use on this machine only: make build ARGS=--allow-go-module.", file=sys.stderr)
        return 1
    except RuntimeStagingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if problem := cargo.conflicting_target(cargo.SRC_TAURI, os.environ):
        print(f"error: {problem}", file=sys.stderr)
        return 1
    ui_build = [sys.executable, RUN, "scripts.setup.bun", "run", "build", "--outDir", str(ROOT / RELEASE_UI)]
    result = subprocess.run([*ui_build, "--emptyOutDir"], env=os.environ | {"RELEASE_BUILD": "1"}, check=False)
    if result.returncode:
        return result.returncode
    name, installed = project.name_and_version()[0], installed_name(project, host_target())
    if installed != name:
        print(f"Note: dpkg and rpm accept only ASCII, so {name} is installed as {installed}.", file=sys.stderr)
    for notice in signing_keys.notices(host_target()):
        print(f"Note: {notice}", file=sys.stderr)
    tauri = ROOT / "frontend" / "node_modules" / ".bin" / "tauri"
    command = [str(tauri), "build", "--config", str(config), *arguments]
    return subprocess.run(command, cwd=ROOT, env=signing_keys.environment(), check=False).returncode


if __name__ == "__main__":
    apply_tool_environment()
    set_world_readable_umask()
    os.environ.update(cargo.environment())
    sys.exit(main())
