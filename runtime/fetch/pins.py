"""Reads pins.json: the interpreter archive of each target and the Go module."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from runtime.errors import PinsError, UnsupportedTargetError

PBS_INSTALLER = "pbs-installer"
"""A PyPI package that lists every release with digests. pip downloads it from the configured index."""

SHA256SUMS_URL = "https://github.com/astral-sh/python-build-standalone/releases/download/{release}/SHA256SUMS"
"""URL of a release's checksum file."""

DEFAULT_SOURCES = (PBS_INSTALLER, SHA256SUMS_URL)
"""Default sources of `bump-pins`: different authors and different hosts."""


def minor_of(python: str) -> str:
    """The minor version of a full version: "3.14" for "3.14.9"."""
    return ".".join(python.split(".")[:2])


@dataclass(frozen=True)
class Pin:
    """One target's archive in the official release."""

    target: str
    python: str
    release: str
    url: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The archive's file name, URL-decoded (it contains a plus sign)."""
        return unquote(urlsplit(self.url).path.rsplit("/", 1)[-1])

    def cached_in(self, cache: Path) -> Path:
        """The archive's path in a cache folder."""
        return cache / self.sha256[:16] / self.file_name

    @property
    def minor(self) -> str:
        """The minor version, such as "3.14". It determines the ABI and folder names."""
        return minor_of(self.python)


@dataclass(frozen=True)
class GoModulePin:
    """A pinned version of the Go module with python-build-standalone trees."""

    module: str
    version: str
    """A Go version whose pre-release part is CPython's version, the release's date and a build number."""
    sum: str
    """The module's `h1:` sum, as in a go.sum file."""

    @property
    def python(self) -> str:
        """CPython's version, such as "3.14.6"."""
        return self._parts()[1]

    @property
    def release(self) -> str:
        """The date of the python-build-standalone release, such as "20260610"."""
        return self._parts()[2]

    @property
    def name(self) -> str:
        """The module in `module@version` form."""
        return f"{self.module}@{self.version}"

    def _parts(self) -> re.Match[str]:
        match = re.fullmatch(r"v0\.0\.0-(\d+\.\d+\.\d+)-(\d{8})-\d+", self.version)
        if match is None or not re.fullmatch(r"h1:[A-Za-z0-9+/]{43}=", self.sum):
            raise ValueError(f"go_module has version {self.version!r} and sum {self.sum!r}")
        return match


@dataclass(frozen=True)
class Pins:
    """The contents of pins.json."""

    python: str
    release: str
    url: str
    sha256: dict[str, str]
    go_module: GoModulePin

    def for_target(self, target: str) -> Pin:
        """The pin of one target. Raises UnsupportedTargetError."""
        if target not in self.sha256:
            raise UnsupportedTargetError(
                f"No runtime is pinned for {target}. Pinned: {', '.join(sorted(self.sha256))}."
            )
        url = self.url.format(python=self.python, release=self.release, target=target)
        return Pin(target=target, python=self.python, release=self.release, url=url, sha256=self.sha256[target])

    def fingerprint(self, target: str) -> dict[str, Any]:
        """The parts of pins.json that determine a target's tree."""
        return {"pin": asdict(self.for_target(target)), "go_module": asdict(self.go_module)}


def load_pins(path: Path) -> Pins:
    """Read and check the pins file. Raises PinsError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        pins = Pins(**{**raw, "go_module": GoModulePin(**raw["go_module"])})
        assert pins.go_module.python, "a malformed version raises ValueError"
        digests = list(pins.sha256.values())
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PinsError(f"{path} is incomplete or malformed: {error}. Restore it from version control.") from error
    for digest in digests:
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise PinsError(f"{path} contains {digest!r} instead of a sha256 in lowercase hex.")
    return pins
