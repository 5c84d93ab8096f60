"""Writes the reports of an installer: bill of materials, license page and license data."""

from pathlib import Path

from runtime.build.atomic import write_atomically
from runtime.inventory.components import Components
from runtime.inventory.licenses import licenses_data, licenses_page
from runtime.inventory.sbom import sbom
from runtime.project import Project

KINDS = ("sbom", "licenses", "licenses-data")


def write_report(project: Project, found: Components, kind: str, output: Path | None = None) -> Path:
    """Write one of KINDS to `output` (default: the project's report path)."""
    name, version = project.name_and_version()
    match kind:
        case "sbom":
            text = sbom(found, name, version)
        case "licenses":
            text = licenses_page(found, name)
        case _:
            text = licenses_data(found)
    path = output or project.report(kind, found.stamp.target)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    return path
