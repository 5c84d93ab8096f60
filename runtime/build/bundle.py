"""What an installer contains in addition to the program: the staged tree, and reports about everything that ships."""

import json
from pathlib import Path
from typing import Any

from runtime.build.atomic import write_atomically
from runtime.integrity.stamp import Stamp
from runtime.inventory.components import components
from runtime.inventory.reports import write_report
from runtime.project import Project

GO_MODULE_LABEL = "gomodule"
"""Build metadata of the version, without a hyphen: rpm's versions have none."""

REPORTS = {"licenses": "licenses.html", "licenses-data": "licenses.json", "sbom": "sbom.cdx.json"}
"""What others' licenses ask to be shipped with their code, by its name among the installed app's resources."""


def write_reports(project: Project, tree: Path) -> dict[str, str]:
    """Write the reports about `tree`, shell and UI. Returns what they lack, with what to run first."""
    found = components(tree, project)
    for kind in REPORTS:
        write_report(project, found, kind)
    return found.missing


def bundle_settings(project: Project, tree: Path, stamp: Stamp) -> dict[str, Any]:
    """The addition to tauri.conf.json, for bundling only: in the base, thousands of resources slow every debug build."""
    resources = {str(tree): "runtime"} | {str(project.report(kind, tree.name)): file for kind, file in REPORTS.items()}
    settings: dict[str, Any] = {"bundle": {"resources": resources}}
    if not stamp.shippable:
        settings["version"] = f"{project.name_and_version()[1]}+{GO_MODULE_LABEL}"
    return settings


def write_bundle_config(project: Project, settings: dict[str, Any]) -> Path:
    """Write `settings` for `tauri build --config`; the file's path."""
    path = project.build_dir / "bundle.conf.json"
    write_atomically(path, json.dumps(settings, indent=2))
    return path
