"""Packages for the tests: those of `make build`, older versions, and one with the debug build."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.project import Project
from scripts.setup import cargo

STALE = ("app_src/app/removed.py", "site-packages/removed/__init__.py")
"""Files that only the older version of the runtime contains."""

OLDER_VERSION = "0.0.9"


@dataclass(frozen=True)
class Package:
    """An installer file and its package name."""

    path: Path
    name: str


def bundle_dir(project: Project) -> Path:
    return project.root / "src-tauri" / "target" / "release" / "bundle"


def package(bundles: Path, kind: str, version: str) -> Package:
    """The .deb or .rpm of that version in the bundler's output. Fails if it does not exist."""
    found = [path for path in (bundles / kind).glob(f"*.{kind}") if version in path.name]
    assert len(found) == 1, f"one .{kind} of version {version} was expected, found: {found}. Run `make test-installed`."
    query = {
        "deb": ["dpkg-deb", "-f", str(found[0]), "Package"],
        "rpm": ["rpm", "-qp", "--queryformat", "%{NAME}", str(found[0])],
    }
    return Package(found[0], _output(*query[kind]))


def fields(package: Package) -> dict[str, str]:
    """The single-line control fields of a .deb."""
    lines = _output("dpkg-deb", "-f", str(package.path)).splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(" "))


def dependencies(package: Package) -> list[str]:
    """Package names of a .deb's dependencies."""
    return [part.split()[0] for part in fields(package)["Depends"].split(",")]


def bundle_older(project: Project, overlay: Path, tree: Path, work: Path) -> None:
    """Bundle an older version, whose runtime contains the STALE files, without compiling."""
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
    _bundle(project, config, "--bundles", "deb,rpm")


def bundle_debug(project: Project, overlay: Path, shell: Path, work: Path) -> Package:
    """A .deb with the debug build, in `work`. Takes seconds; a release build takes minutes."""
    program = work / "debug" / shell.name
    program.parent.mkdir()
    subprocess.run(["strip", "-o", program, shell], check=True)
    config = json.loads(overlay.read_text("utf-8"))
    _bundle(project, config, "--debug", "--bundles", "deb", environment={"CARGO_TARGET_DIR": str(work)})
    return package(program.parent / "bundle", "deb", "")


def _bundle(
    project: Project, config: dict[str, object], *options: str, environment: Mapping[str, str] | None = None
) -> None:
    tauri = project.frontend / "node_modules" / ".bin" / "tauri"
    command = [str(tauri), "bundle", *options, "--config", json.dumps(config)]
    variables = {**os.environ, **cargo.environment(), **(environment or {})}
    subprocess.run(command, cwd=project.root, env=variables, check=True)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
