"""Build the installers of this system around the staged runtime: `make build`.

A stand-in runtime is refused, since it is this machine's own compile and no release. ARGS=--allow-stand-in builds anyway,
and says so in the installer's version. Other arguments go to the Tauri bundler, such as `--bundles deb`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.errors import RuntimeStagingError  # noqa: E402
from runtime.project import Project  # noqa: E402
from runtime.reports import write_report  # noqa: E402
from runtime.stamp import Stamp  # noqa: E402
from runtime.targets import host_target  # noqa: E402
from runtime.verify import verify  # noqa: E402

STAND_IN_LABEL = "standin"
"""Build metadata of the version, without a hyphen: rpm's versions have none."""

RELEASE_PAGE = Path("frontend", "dist-release")
"""The page without what only a debug build of the shell has; `make run` uses the other one."""

REPORTS = {"licences": "licences.html", "sbom": "sbom.cdx.json"}
"""What others' licences ask to be shipped with their code, by its name among the installed app's resources."""


def overlay(project: Project, tree: Path, stamp: Stamp) -> dict[str, Any]:
    """What bundling adds to tauri.conf.json. Only then: in the base, thousands of resources slow every debug build."""
    resources = {str(tree): "runtime"} | {str(project.report(kind, tree.name)): name for kind, name in REPORTS.items()}
    settings: dict[str, Any] = {
        "bundle": {"resources": resources},
        "build": {"frontendDist": os.path.relpath(project.root / RELEASE_PAGE, project.root / "src-tauri")},
    }
    if not stamp.shippable:
        _, version = project.name_and_version()
        settings["version"] = f"{version}+{STAND_IN_LABEL}"
    return settings


def prepare(project: Project, *, allow_stand_in: bool) -> Path:
    """Check the tree and write the overlay next to it. Raises TreeDamagedError for a stand-in that was not asked for."""
    tree = project.tree(host_target())
    stamp = verify(tree, shippable=not allow_stand_in)
    for kind in REPORTS:
        found, _ = write_report(project, tree, kind)
        for room, advice in found.missing.items():
            print(f"Note: {kind} lacks {room} (first run: {advice}).", file=sys.stderr)
    path = project.build_dir / "bundle.conf.json"
    path.write_text(json.dumps(overlay(project, tree, stamp), indent=2), encoding="utf-8")
    return path


def main() -> int:
    arguments, project = sys.argv[1:], Project.at(ROOT)
    allow_stand_in = "--allow-stand-in" in arguments
    if allow_stand_in:
        arguments.remove("--allow-stand-in")
    try:
        # Before the overlay is written: signing changes the tree, and what is bundled must verify.
        verify(project.tree(host_target()), shippable=not allow_stand_in)
        if status := subprocess.run([sys.executable, ROOT / "scripts" / "sign.py"], cwd=ROOT, check=False).returncode:
            return status
        config = prepare(project, allow_stand_in=allow_stand_in)
    except RuntimeStagingError as error:
        advice = " Or, for a trial on this machine: make build ARGS=--allow-stand-in." if not allow_stand_in else ""
        print(f"error: {error}{advice}", file=sys.stderr)
        return 1
    page = [sys.executable, str(ROOT / "scripts" / "bun.py"), "run", "build", "--outDir", str(ROOT / RELEASE_PAGE)]
    made = subprocess.run(
        [*page, "--emptyOutDir"], cwd=ROOT / "frontend", env=os.environ | {"RELEASE_PAGE": "1"}, check=False
    )
    if made.returncode:
        return made.returncode
    tauri = ROOT / "frontend" / "node_modules" / ".bin" / "tauri"
    return subprocess.run([tauri, "build", "--config", str(config), *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
