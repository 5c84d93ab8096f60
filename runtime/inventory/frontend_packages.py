"""The npm packages that can be part of the built UI: direct and transitive dependencies."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runtime.inventory.packages import UNKNOWN, Package

_LICENSE_FILES = ("LICENSE*", "LICENCE*", "license*", "licence*", "COPYING*", "NOTICE*")  # codespell:ignore licence


def _resolve(name: str, importer: Path, root: Path) -> Path | None:
    """Node's resolution: the nearest node_modules in the importing package's parent folders."""
    folder = importer
    while True:
        candidate = folder / "node_modules" / name
        if (candidate / "package.json").is_file():
            return candidate
        if folder == root or folder == folder.parent:
            return None
        folder = folder.parent


def _read_package_json(folder: Path) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return raw


def _package(folder: Path, manifest: dict[str, Any]) -> Package:
    declared_license = manifest.get("license")
    texts = {path.name: path for pattern in _LICENSE_FILES for path in folder.glob(pattern) if path.is_file()}
    return Package(
        name=manifest["name"],
        version=manifest["version"],
        purl=f"pkg:npm/{quote(manifest['name'], safe='/')}@{manifest['version']}",
        license=declared_license if isinstance(declared_license, str) else UNKNOWN,
        is_spdx=isinstance(declared_license, str) and not declared_license.startswith("SEE "),
        texts={name: path.read_text(encoding="utf-8", errors="replace") for name, path in sorted(texts.items())},
    )


def npm_packages(frontend: Path) -> list[Package] | None:
    """Packages sorted by name, with installed optional dependencies; None if packages are not installed."""
    if not (frontend / "node_modules").is_dir():
        return None
    found: dict[Path, Package] = {}
    pending = [(name, frontend) for name in _read_package_json(frontend).get("dependencies", {})]
    while pending:
        name, importer = pending.pop()
        folder = _resolve(name, importer, frontend)
        if folder is None or folder in found:
            continue
        manifest = _read_package_json(folder)
        found[folder] = _package(folder, manifest)
        for kind in ("dependencies", "optionalDependencies"):
            pending += [(needed, folder) for needed in manifest.get(kind, {})]
    unique = {package.purl: package for package in found.values()}
    return sorted(unique.values(), key=lambda package: (package.name, package.version))
