"""The crates linked into the shell for one target, from `cargo metadata`."""

import json
import shutil
from pathlib import Path
from typing import Any

from runtime.errors import StepFailedError
from runtime.host.processes import run
from runtime.inventory.packages import UNKNOWN, Package

_LICENSE_FILES = ("LICENSE*", "LICENCE*", "license*", "COPYING*", "COPYRIGHT*", "NOTICE*")  # codespell:ignore licence


def _linked_crates(metadata: dict[str, Any]) -> set[str]:
    """Package ids reachable from the root by normal dependencies, without build, macro and test dependencies."""
    macros = {crate["id"] for crate in metadata["packages"] if any("proc-macro" in t["kind"] for t in crate["targets"])}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    linked: set[str] = set()
    pending = [metadata["resolve"]["root"]]
    while pending:
        current = pending.pop()
        if current in linked or current in macros:
            continue
        linked.add(current)
        pending += [
            dependency["pkg"]
            for dependency in nodes[current]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]
    return linked


def packages_from_metadata(metadata: dict[str, Any]) -> list[Package]:
    """The linked crates from registries, sorted by name, without the project's crates."""
    linked, found = _linked_crates(metadata), []
    for crate in metadata["packages"]:
        if crate["id"] not in linked or crate["source"] is None:
            continue
        folder = Path(crate["manifest_path"]).parent
        texts = {path.name: path for pattern in _LICENSE_FILES for path in folder.glob(pattern) if path.is_file()}
        # Before SPDX expressions, "MIT/Apache-2.0" meant OR.
        spdx = (crate["license"] or UNKNOWN).replace("/", " OR ")
        found.append(
            Package(
                name=crate["name"],
                version=crate["version"],
                purl=f"pkg:cargo/{crate['name']}@{crate['version']}",
                license=spdx,
                is_spdx=bool(crate["license"]),
                texts={n: path.read_text(encoding="utf-8", errors="replace") for n, path in sorted(texts.items())},
            )
        )
    return sorted(found, key=lambda package: (package.name, package.version))


def crate_packages(manifest: Path, target: str) -> list[Package] | None:
    """The linked crates; None if cargo is missing or the crates are not fetched (never downloads)."""
    if not shutil.which("cargo") or not manifest.is_file():
        return None
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", target]
    try:
        output = run([*command, "--manifest-path", manifest], what="list the crates")
    except StepFailedError:
        return None
    return packages_from_metadata(json.loads(output))
