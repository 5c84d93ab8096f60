"""Bundle configuration: the staged tree and the reports as Tauri resources."""

import json
from pathlib import Path
from typing import Any

from runtime.build.atomic import write_atomically
from runtime.integrity.stamp import Stamp
from runtime.inventory.components import components
from runtime.inventory.reports import write_report
from runtime.project import Project

GO_MODULE_LABEL = "gomodule"
"""Build metadata of the version. rpm versions cannot contain a hyphen."""

REPORTS = {"licenses": "licenses.html", "licenses-data": "licenses.json", "sbom": "sbom.cdx.json"}
"""Report kinds and their file names in the installed app's resources."""


def write_reports(project: Project, tree: Path) -> dict[str, str]:
    """Write the reports on `tree`, shell and UI. Returns the missing groups with the commands that provide them."""
    found = components(tree, project)
    for kind in REPORTS:
        write_report(project, found, kind)
    return found.missing


def bundle_settings(project: Project, tree: Path, stamp: Stamp) -> dict[str, Any]:
    """The configuration merged into tauri.conf.json. Only for bundling, because thousands of resources slow down debug builds."""
    resources = {str(tree): "runtime"} | {str(project.report(kind, tree.name)): file for kind, file in REPORTS.items()}
    settings: dict[str, Any] = {"bundle": {"resources": resources}}
    if not stamp.shippable:
        settings["version"] = f"{project.name_and_version()[1]}+{GO_MODULE_LABEL}"
    return settings


def write_bundle_config(project: Project, settings: dict[str, Any]) -> Path:
    """Write `settings` for `tauri build --config` and return the file's path."""
    path = project.build_dir / "bundle.conf.json"
    write_atomically(path, json.dumps(settings, indent=2))
    return path
