"""The packages `make build` left, and older ones made of the same program by the same bundler."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runtime.project import Project

STALE = ("app_src/app/gone.py", "site-packages/gone/__init__.py")
"""Files of the runtime that only the older version has."""

OLDER_VERSION = "0.0.9"


@dataclass(frozen=True)
class Package:
    """One installer file and what its own system calls it."""

    path: Path
    name: str


def bundle_dir(project: Project) -> Path:
    return project.root / "src-tauri" / "target" / "release" / "bundle"


def package(project: Project, kind: str, version: str) -> Package:
    """The .deb or .rpm of that version. Fails when it was not built."""
    found = [path for path in (bundle_dir(project) / kind).glob(f"*.{kind}") if version in path.name]
    assert len(found) == 1, f"one .{kind} of version {version} was expected, found: {found}. Run `make test-installed`."
    ask = {
        "deb": ["dpkg-deb", "-f", str(found[0]), "Package"],
        "rpm": ["rpm", "-qp", "--queryformat", "%{NAME}", str(found[0])],
    }
    said = subprocess.run(ask[kind], check=True, capture_output=True, text=True).stdout
    return Package(found[0], said.strip())


def dependencies(package: Package) -> list[str]:
    """What a .deb says it depends on, names only."""
    said = subprocess.run(
        ["dpkg-deb", "-f", package.path, "Depends"], check=True, capture_output=True, text=True
    ).stdout
    return [part.split()[0] for part in said.split(",")]


def bundle_older(project: Project, overlay: Path, tree: Path, work: Path) -> None:
    """Bundle an older version, whose runtime has files that this one no longer has, without compiling anything."""
    old_tree = work / "runtime"
    shutil.copytree(tree, old_tree)
    for name in STALE:
        path = old_tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("STALE = True\n")
    config = json.loads(overlay.read_text("utf-8"))
    resources = config["bundle"]["resources"]
    resources[str(old_tree)] = resources.pop(str(tree))
    config["version"] = OLDER_VERSION
    config["bundle"]["linux"]["rpm"]["compression"] = {"type": "zstd", "level": 1}
    tauri = project.root / "frontend" / "node_modules" / ".bin" / "tauri"
    command = [str(tauri), "bundle", "--bundles", "deb,rpm", "--config", json.dumps(config)]
    subprocess.run(command, cwd=project.root, check=True)
