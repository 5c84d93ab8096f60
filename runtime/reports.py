"""Writes what must or may go with an installer: the bill of materials and the licences page."""

from pathlib import Path

from runtime.components import Components, components
from runtime.licences import licences_page
from runtime.project import Project
from runtime.sbom import sbom
from runtime.swap import write_atomically

KINDS = ("sbom", "licences")


def write_report(project: Project, tree: Path, kind: str, output: Path | None = None) -> tuple[Components, Path]:
    """Write one of KINDS to `output`, or to where the project keeps it. Raises TreeDamagedError if nothing is staged."""
    found = components(tree, project.root)
    name, version = project.name_and_version()
    text = sbom(found, name, version) if kind == "sbom" else licences_page(found, name)
    path = output or project.report(kind, found.stamp.target)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)
    return found, path
