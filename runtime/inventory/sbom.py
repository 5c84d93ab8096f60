"""The bill of materials as CycloneDX 1.6 JSON. Reproducible: without timestamp, and with a serial number derived from the content."""

import json
import uuid
from typing import Any

from runtime.integrity.digests import sha256_json
from runtime.inventory.components import Components
from runtime.inventory.packages import UNKNOWN, Package


def _licenses(package: Package) -> dict[str, Any]:
    if package.license == UNKNOWN:
        return {}
    if package.is_spdx:
        return {"licenses": [{"expression": package.license}]}
    return {"licenses": [{"license": {"name": package.license}}]}


def _component(package: Package) -> dict[str, Any]:
    component = {"type": "library", "bom-ref": package.purl, "name": package.name, "version": package.version}
    if package.name.startswith("@"):
        group, _, name = package.name.partition("/")
        component |= {"group": group, "name": name}
    return component | {"purl": package.purl} | _licenses(package)


def sbom(found: Components, name: str, version: str) -> str:
    """The JSON document for the application `name`."""
    stamp = found.stamp
    body: dict[str, Any] = {
        "metadata": {
            "component": {"type": "application", "bom-ref": name, "name": name, "version": version},
            "properties": [
                {"name": "runtime:target", "value": stamp.target},
                {"name": "runtime:provenance", "value": stamp.provenance},
                {"name": "runtime:archive", "value": f"{stamp.archive['name']} sha256:{stamp.archive['sha256']}"},
                {"name": "runtime:tree", "value": f"sha256:{stamp.manifest_sha256}"},
                *({"name": "runtime:incomplete", "value": f"without {group}"} for group in found.missing),
            ],
        },
        "components": [_component(package) for package in found.all()],
    }
    head = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.UUID(sha256_json(body)[:32], version=4).urn,
        "version": 1,
    }
    return json.dumps(head | body, indent=2, ensure_ascii=False) + "\n"
