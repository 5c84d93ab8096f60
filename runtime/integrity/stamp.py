"""stamp.json: a tree's target, the interpreter's provenance, and the input digests."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.build.atomic import write_atomically
from runtime.errors import InputMissingError
from runtime.fetch.archive import ArchiveRequest, ResolvedArchive, Source
from runtime.fetch.pins import Pin, Pins
from runtime.integrity.digests import pipeline_sha256, sha256_file, sha256_json
from runtime.integrity.manifest import STAMP_NAME
from runtime.project import Project

SCHEMA = 2

PROVENANCE = {
    Source.OFFICIAL: "official release",
    Source.MIRROR: "mirror",
    Source.ARCHIVE: "local archive",
    Source.GO_MODULE: "Go module",
}


@dataclass(frozen=True)
class Stamp:
    """Content of stamp.json. `python` is the archive's version: the pinned version or the Go module's."""

    schema: int
    target: str
    python: str
    provenance: str
    shippable: bool
    archive: dict[str, str]
    inputs_sha256: str
    request_sha256: str
    lock_sha256: str
    app_sha256: str
    manifest_sha256: str
    """The tree digest: SHA-256 of the manifest."""
    signed: bool = False

    def write(self, tree: Path) -> None:
        """Write stamp.json into a tree."""
        write_atomically(tree / STAMP_NAME, json.dumps(asdict(self), indent=2) + "\n")


def inputs_sha256(project: Project, pins: Pins, target: str) -> str:
    """Digest of a tree's inputs except the app source and the archive's source. Raises InputMissingError."""
    if not project.lock_file.is_file():
        raise InputMissingError(
            f"{project.lock_file} does not exist. Restore it from version control or run `make lock` (without a "
            "Makefile: `python3 -m runtime lock`)."
        )
    lock = sha256_file(project.lock_file)
    app = project.app_source
    return sha256_json(
        [SCHEMA, pins.fingerprint(target), lock, pipeline_sha256(), app.startup_modules, asdict(app.rules)]
    )


def make_stamp(
    project: Project,
    pins: Pins,
    pin: Pin,
    request: ArchiveRequest,
    resolved: ResolvedArchive,
    *,
    app_sha256: str,
    manifest_sha256: str,
) -> Stamp:
    """The stamp of a new tree. It ships with the app, so it contains no path of the build machine."""
    return Stamp(
        schema=SCHEMA,
        target=pin.target,
        python=resolved.python,
        provenance=PROVENANCE[resolved.source],
        shippable=resolved.shippable,
        archive={"name": resolved.path.name, "origin": resolved.origin, "sha256": resolved.sha256},
        inputs_sha256=inputs_sha256(project, pins, pin.target),
        request_sha256=request.fingerprint(),
        lock_sha256=sha256_file(project.lock_file),
        app_sha256=app_sha256,
        manifest_sha256=manifest_sha256,
    )


def read_stamp(tree: Path) -> Stamp | None:
    """The tree's stamp; None if it is missing or has another schema version."""
    try:
        raw = json.loads((tree / STAMP_NAME).read_text(encoding="utf-8"))
        stamp = Stamp(**raw)
    except (OSError, ValueError, TypeError):
        return None
    return stamp if stamp.schema == SCHEMA else None
