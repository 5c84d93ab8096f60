"""Components of a tree: the interpreter and every installed package, with versions, licenses and license texts."""

import re
from dataclasses import dataclass, field
from importlib.metadata import Distribution
from pathlib import Path

from runtime.integrity.stamp import Stamp

_LICENSE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|notice|authors)\b.*")
UNKNOWN = "not stated"


@dataclass(frozen=True)
class Package:
    """A shipped component. `license` is an SPDX expression if the package has one, else free text."""

    name: str
    version: str
    purl: str
    license: str
    is_spdx: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    """License texts by file name."""


def _license(distribution: Distribution) -> tuple[str, bool]:
    """License-Expression, else a License that looks like one, else the classifiers, else the first line of License."""
    metadata = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return expression, True
    classified = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    free = (metadata.get("License") or "").strip()
    if re.fullmatch(r"[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*", free):
        return free, False
    return " / ".join(classified) or (free.splitlines() or [UNKNOWN])[0], False


def _texts(folder: Path) -> dict[str, str]:
    """License files of a .dist-info folder by path: PEP 639's `licenses/`, or the older locations."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and (name.startswith("licenses/") or _LICENSE_FILE.match(path.name)):
            found[name.removeprefix("licenses/")] = path.read_text(encoding="utf-8", errors="replace")
    return found


def python_packages(site_packages: Path) -> list[Package]:
    """Every distribution in a folder, sorted by name."""
    found = []
    for folder in sorted(site_packages.glob("*.dist-info")):
        distribution = Distribution.at(folder)
        stated, is_spdx = _license(distribution)
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        purl = f"pkg:pypi/{name}@{distribution.version}"
        found.append(Package(name, distribution.version, purl, stated, is_spdx, _texts(folder)))
    return sorted(found, key=lambda package: package.name)


def interpreter_package(tree: Path, stamp: Stamp) -> Package:
    """CPython, with the license texts in the tree."""
    texts = {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for pattern in ("python/lib/python3.*/LICENSE.txt", "python/LICENSE.txt", "python/licenses/*")
        for path in sorted(tree.glob(pattern))
    }
    purl = f"pkg:generic/cpython@{stamp.python}"
    return Package("cpython", stamp.python, purl, "Python-2.0", True, texts)
