"""Probes of installed packages: metadata, files and data."""

import base64
import csv
import hashlib
import importlib.metadata
import importlib.resources
import re
from pathlib import Path

from .base import ProbeContext, expect, probe


@probe
def versions(context: ProbeContext) -> str:
    """`importlib.metadata`: every package has its locked version"""
    found = {name: importlib.metadata.version(name) for name in context.packages}
    expect(found == context.packages, f"{sorted(found.items() ^ context.packages.items())} differ from the lock")
    return f"{len(found)} packages, as locked"


@probe
def entry_points(_: ProbeContext) -> str:
    """`importlib.metadata`: entry points are found and can be loaded"""
    found = {point.name: point for point in importlib.metadata.entry_points(group="console_scripts")}
    expect({"alembic", "uvicorn", "fastapi"} <= found.keys(), f"only {sorted(found)} exist")
    expect(callable(found["alembic"].load()), "alembic's entry point is not callable")
    plugins = importlib.metadata.entry_points(group="opentelemetry_context")
    loaded = [point.load().__name__ for point in plugins]
    expect(loaded == ["ContextVarsRuntimeContext"], f"OpenTelemetry's entry point loaded {loaded}")
    return f"{len(found)} console scripts; OpenTelemetry's plug-in loaded"


@probe
def installed_files(_: ProbeContext) -> str:
    """Installed files and hashes match RECORD, and dependencies without an environment marker are installed"""
    distributions = list(importlib.metadata.distributions())
    names = {normalized_name(distribution.metadata["Name"]) for distribution in distributions}
    missing, checked = [], 0
    for distribution in distributions:
        name = distribution.metadata["Name"]
        for requirement in distribution.requires or []:
            required = re.match(r"[\w.-]+", requirement)
            expect(
                ";" in requirement or (required and normalized_name(required[0]) in names),
                f"{name} lacks {requirement}",
            )
        # `distribution.files` omits missing files, so read RECORD.
        record = distribution.read_text("RECORD")
        expect(record, f"{name} has no RECORD")
        for file, hashed, _size in csv.reader((record or "").splitlines()):
            path = Path(str(distribution.locate_file(file)))
            algorithm, _equals, value = hashed.partition("=")
            if not path.is_file():
                missing.append(path)
            elif value:
                digest = base64.urlsafe_b64encode(hashlib.new(algorithm, path.read_bytes()).digest())
                expect(digest.rstrip(b"=").decode() == value, f"{name}'s {file} was modified")
            checked += 1
    expect(not missing, f"{len(missing)} of {checked} files are missing")
    return f"{checked} files of {len(distributions)} packages"


def normalized_name(name: str) -> str:
    """Normalized name of a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@probe
def package_data(_: ProbeContext) -> str:
    """`importlib.resources` reads the data of the app and of packages"""
    sizes = []
    for package, name in (
        ("app", "alembic/script.py.mako"),
        ("alembic", "templates/generic/alembic.ini.mako"),
        ("tzdata", "zoneinfo/zone1970.tab"),
    ):
        resource = importlib.resources.files(package).joinpath(name)
        with importlib.resources.as_file(resource) as path:
            expect(path.is_file(), f"{package}/{name} is not a file")
            sizes.append(path.stat().st_size)
    return f"{sum(sizes)} bytes of {len(sizes)} files"
