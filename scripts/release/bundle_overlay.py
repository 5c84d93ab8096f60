"""Overlay of tauri.conf.json for bundling."""

import os
from pathlib import Path
from typing import Any

from runtime.build.bundle import bundle_settings
from runtime.integrity.stamp import Stamp
from runtime.project import Project
from scripts.app_names import linux_name, read_names
from scripts.release import linux_packages, signing_keys

RELEASE_UI = Path("frontend", "dist-release")
"""Folder of the UI built for releases, without the features of debug builds."""


def installed_name(project: Project, target: str) -> str:
    """The app's installed name on `target`."""
    name, _ = project.name_and_version()
    return name if name.isascii() or "linux" not in target else linux_name(read_names(project.root))


def overlay(project: Project, tree: Path, stamp: Stamp, updates: dict[str, Any] | None) -> dict[str, Any]:
    """The overlay for a staged tree. `updates` is the result of update_keys.updater_config."""
    product, _ = project.name_and_version()
    name = installed_name(project, tree.name)
    runtime_settings = bundle_settings(project, tree, stamp)
    settings: dict[str, Any] = dict(updates or {}) | runtime_settings
    settings["bundle"] = (updates or {}).get("bundle", {}) | runtime_settings["bundle"]
    if "linux" in tree.name:
        settings["bundle"]["linux"] = linux_packages.bundle_settings(project, tree.name, name)
    frontend_dist = os.path.relpath(project.root / RELEASE_UI, project.root / "src-tauri")
    settings["build"] = settings.get("build", {}) | {"frontendDist": frontend_dist}
    if name != product:
        settings["productName"] = name
    settings["bundle"] |= signing_keys.bundle_settings(tree.name)
    return settings
