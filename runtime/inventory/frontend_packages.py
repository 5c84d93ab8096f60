"""The npm packages that can be part of the built UI: direct and transitive dependencies."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runtime.inventory.packages import UNKNOWN, Package

_TEXTS = ("LICENSE*", "LICENCE*", "license*", "licence*", "COPYING*", "NOTICE*")  # codespell:ignore LICENCE,licence


def _resolve(name: str, asker: Path, root: Path) -> Path | None:
    """Node's resolution: the nearest node_modules in the importing package's parent folders."""
    folder = asker
    while True:
        candidate = folder / "node_modules" / name
        if (candidate / "package.json").is_file():
            return candidate
        if folder == root or folder == folder.parent:
            return None
        folder = folder.parent


def _read(folder: Path) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return raw


def _package(folder: Path, described: dict[str, Any]) -> Package:
    stated = described.get("license")
    texts = {path.name: path for pattern in _TEXTS for path in folder.glob(pattern) if path.is_file()}
    return Package(
        name=described["name"],
        version=described["version"],
        purl=f"pkg:npm/{quote(described['name'], safe='/')}@{described['version']}",
        license=stated if isinstance(stated, str) else UNKNOWN,
        is_spdx=isinstance(stated, str) and not stated.startswith("SEE "),
        texts={name: path.read_text(encoding="utf-8", errors="replace") for name, path in sorted(texts.items())},
    )


def npm_packages(frontend: Path) -> list[Package] | None:
    """Packages sorted by name, with installed optional and peer dependencies; None if packages are not installed."""
    if not (frontend / "node_modules").is_dir():
        return None
    found: dict[Path, Package] = {}
    waiting = [(name, frontend) for name in _read(frontend).get("dependencies", {})]
    while waiting:
        name, asker = waiting.pop()
        folder = _resolve(name, asker, frontend)
        if folder is None or folder in found:
            continue
        described = _read(folder)
        found[folder] = _package(folder, described)
        for kind in ("dependencies", "optionalDependencies"):
            waiting += [(needed, folder) for needed in described.get(kind, {})]
    unique = {package.purl: package for package in found.values()}
    return sorted(unique.values(), key=lambda package: (package.name, package.version))
